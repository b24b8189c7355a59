using Bunit;
using Microsoft.AspNetCore.Components.Web;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Tests.Shared;

public class FormTests : BunitContext
{
    public FormTests() => JSInterop.Mode = JSRuntimeMode.Loose;

    [Theory]
    [InlineData("1,5")]
    [InlineData("1e5")]
    [InlineData("NaN")]
    [InlineData("1.0000000000001")]
    [InlineData("1.")]
    public void A_decimal_that_breaks_the_grammar_is_refused_at_its_field(string text)
    {
        using var _ = new InCulture("de-DE");
        decimal? value = 7;
        var field = Field(() => value, entered => value = entered);

        field.Find("input").Change(text);

        Assert.Equal(7, value);
        Assert.Equal("true", field.Find("input").GetAttribute("aria-invalid"));
        Assert.StartsWith($"'{text}' is not a number here.", field.Find("#cap-error").TextContent, StringComparison.Ordinal);
        Assert.Equal("cap-error cap-hint", field.Find("input").GetAttribute("aria-describedby"));
        Assert.Equal(text, field.Find("input").GetAttribute("value"));
        Assert.False(field.Instance.IsValid);
    }

    [Theory]
    [InlineData("0.10")]
    [InlineData("1250.5")]
    [InlineData("0.000000000001")]
    public void A_decimal_keeps_the_digits_it_was_entered_with(string text)
    {
        using var _ = new InCulture("de-DE");
        decimal? value = null;
        var field = Field(() => value, entered => value = entered);

        field.Find("input").Change($" {text} ");

        Assert.Equal(text, DecimalText.FormatAsEntered(value!.Value));
        Assert.Equal(text, field.Find("input").GetAttribute("value"));
        Assert.Empty(field.FindAll(".validation-message"));
    }

    [Fact]
    public void A_needed_decimal_says_so_when_it_is_emptied()
    {
        decimal? value = 7;
        var field = Field(() => value, entered => value = entered);

        field.Find("input").Change("");

        Assert.Equal("Monthly cap is needed.", field.Find("#cap-error").TextContent);
        Assert.False(field.Instance.IsValid);
    }

    [Fact]
    public async Task Nothing_happens_before_the_second_button_and_the_result_is_told()
    {
        var paid = 0;
        var confirm = Confirm(() => Task.FromResult($"INV-000001 is paid ({++paid})."));

        await confirm.Find("button").ClickAsync(new MouseEventArgs());
        Assert.Equal(0, paid);
        Assert.Contains("$42.17 is charged now.", confirm.Markup, StringComparison.Ordinal);

        await Button(confirm, "Pay $42.17 now").ClickAsync(new MouseEventArgs());
        Assert.Equal(1, paid);
        Assert.Contains("INV-000001 is paid (1).", confirm.Find("[role=status]").TextContent, StringComparison.Ordinal);
        Assert.Empty(confirm.FindAll("section"));
    }

    [Fact]
    public async Task A_second_press_while_the_first_one_works_does_nothing()
    {
        var gate = new TaskCompletionSource<string>();
        var paid = 0;
        var confirm = Confirm(() =>
        {
            paid++;
            return gate.Task;
        });
        await confirm.Find("button").ClickAsync(new MouseEventArgs());

        var pay = Button(confirm, "Pay $42.17 now");
        var first = pay.ClickAsync(new MouseEventArgs());
        await Button(confirm, "Working…").ClickAsync(new MouseEventArgs());
        gate.SetResult("Paid.");
        await first;

        Assert.Equal(1, paid);
    }

    [Fact]
    public async Task A_refusal_is_told_where_one_pressed_and_escape_leaves_without_doing_it()
    {
        var confirm = Confirm(() => throw Refusal.Conflict("changed", "The invoice was paid by Ana already."));
        await confirm.Find("button").ClickAsync(new MouseEventArgs());
        await Button(confirm, "Pay $42.17 now").ClickAsync(new MouseEventArgs());
        Assert.Equal("The invoice was paid by Ana already.", confirm.Find("[role=alert]").TextContent);

        await confirm.Find(".confirm").KeyDownAsync(new KeyboardEventArgs { Key = "Escape" });
        Assert.Empty(confirm.FindAll("section"));
        Assert.Empty(confirm.FindAll("[role=status]"));
    }

    private static AngleSharp.Dom.IElement Button(IRenderedComponent<ConfirmAction> confirm, string label) =>
        confirm.FindAll("button").Single(button => button.TextContent == label);

    private IRenderedComponent<DecimalField> Field(Func<decimal?> value, Action<decimal?> changed) => Render<DecimalField>(parameters => parameters
        .Add(field => field.FieldId, "cap")
        .Add(field => field.Label, "Monthly cap")
        .Add(field => field.Hint, "Requests stop here.")
        .Add(field => field.Required, true)
        .Bind(field => field.Value, value(), changed));

    private IRenderedComponent<ConfirmAction> Confirm(Func<Task<string>> act) => Render<ConfirmAction>(parameters => parameters
        .Add(confirm => confirm.Label, "Pay invoice…")
        .Add(confirm => confirm.ConfirmLabel, "Pay $42.17 now")
        .Add(confirm => confirm.OnConfirm, act)
        .AddChildContent("<p>$42.17 is charged now.</p>"));
}
