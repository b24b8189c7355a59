using System.Globalization;
using Portal.Domain.Limits;

namespace Portal.Domain.Tests.Limits;

public sealed class LimitPreviewTests
{
    private static readonly CultureInfo s_english = CultureInfo.GetCultureInfo("en-US");

    public static TheoryData<SpendingLimit?, SpendingLimit?, int, LimitEffect, string> Changes() => new()
    {
        { null, Given.Cap(100), 42, LimitEffect.StaysOpen, "$42.00 is used, so $58.00 may be used until the period ends; usage stops at $100.00." },
        { Given.Cap(200), Given.Cap(100), 150, LimitEffect.BlocksNow, "This blocks usage now: $150.00 is used, and usage stops at $100.00." },
        { Given.Cap(100), Given.Cap(120), 150, LimitEffect.StaysBlocked, "Usage stays blocked: $150.00 is used, and usage stops at $120.00." },
        {
            Given.Cap(100), Given.Cap(200), 150, LimitEffect.Opens,
            "This opens usage again within a second. $150.00 is used, so $50.00 may be used until the period ends; usage stops at $200.00. The $50.00 above the old limit stays unbilled."
        },
        {
            Given.Cap(100), null, 150, LimitEffect.Opens,
            "This opens usage again within a second. There is no limit then: $150.00 is used, and all further usage is billed. The $50.00 above the old limit stays unbilled."
        },
        {
            Given.Cap(100), Given.Cap(100, LimitKind.Soft), 105, LimitEffect.Opens,
            "This opens usage again within a second. $105.00 is used, so $5.00 may be used until the period ends; usage stops at $110.00, 10 % above the limit of $100.00. The $5.00 above the old limit stays unbilled."
        },
        { Given.Cap(100, enforced: false), Given.Cap(90, enforced: false), 150, LimitEffect.StaysOpen, "The limit does not stop usage, because the operator has turned its protection off: $150.00 is used." },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void It_says_what_happens_with_the_figures(SpendingLimit? current, SpendingLimit? proposed, int used, LimitEffect effect, string sentence)
    {
        var preview = LimitPreview.Of(current, proposed, Given.Dollars(used), LimitStand.NotBilled(current, Given.Dollars(used), 0), s_english);

        Assert.Equal(effect, preview.Effect);
        Assert.Equal(sentence, preview.Sentence);
    }
}
