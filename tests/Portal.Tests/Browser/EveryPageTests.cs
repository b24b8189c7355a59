namespace Portal.Tests.Browser;

/// <summary>What holds for every page, whoever wrote it: it answers, says what it is, fits a phone, and can be used by everyone.</summary>
[Collection(BrowserTests.Name)]
public sealed class EveryPageTests(RunningPortal portal, Chromium chromium)
{
    public static TheoryData<string> Templates => [.. PageCases.Templates];

    [Fact]
    public void Every_page_has_a_case_here_and_every_case_a_page() =>
        Assert.Equal(PageCases.Templates, PageCases.All.Select(page => page.Template).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Templates))]
    public async Task A_page_answers_says_what_it_is_fits_a_phone_and_can_be_used_by_everyone(string template)
    {
        var page = Assert.Single(PageCases.All, candidate => candidate.Template == template);
        var stage = await Stage.Of(portal);
        var path = page.Path?.Invoke(stage) ?? template;
        foreach (var look in Look.All)
        {
            await using var visitor = await chromium.Visit(portal, look);
            await stage.SignIn(visitor, page.Who);
            var response = await visitor.Open(path);
            await visitor.Photograph($"{NameOf(template)}.{look.Name}");

            Assert.Equal(200, response.Status);
            Assert.False(string.IsNullOrWhiteSpace(await visitor.Page.TitleAsync()), $"{path} has no title.");
            Assert.Equal(1, await visitor.Page.Locator("h1").CountAsync());
            Assert.Equal(0, await visitor.Page.EvaluateAsync<int>("() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth)"));
            None(await visitor.CutTables(), $"{path}, {look.Name}: tables that are cut off");
            None(await visitor.Violations(), $"{path}, {look.Name}: what axe found");
            None(visitor.Errors, $"{path}, {look.Name}: what went wrong in the browser");
        }
    }

    private static void None(IReadOnlyCollection<string> found, string what) =>
        Assert.True(found.Count == 0, $"{what}:{Environment.NewLine}{string.Join(Environment.NewLine, found)}");

    private static string NameOf(string template) => template.Trim('/') is { Length: > 0 } path
        ? string.Concat(path.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-'))
        : "home";
}
