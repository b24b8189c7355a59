using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Portal.Tests.Browser;

namespace Portal.Tests.Accounts;

[Collection(BrowserTests.Name)]
public sealed partial class SigningInTests(RunningPortal portal, Chromium chromium)
{
    [Fact]
    public async Task Nobody_who_is_not_signed_in_gets_further_than_the_sign_in()
    {
        await using var visitor = await chromium.Visit(portal);
        await visitor.Open("/");

        Assert.Equal("/Account/Login", new Uri(visitor.Page.Url).AbsolutePath);
        Assert.Equal("Sign in", await visitor.Page.Locator("button[type=submit]").First.InnerTextAsync());
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_address_get_the_same_answer()
    {
        Assert.Equal(
            await AnswerTo(OperatorApi.AdminEmail, "not-the-password"),
            await AnswerTo("nobody@example.com", "not-the-password"));
    }

    [Fact]
    public async Task Signing_in_leads_only_to_addresses_of_the_portal()
    {
        await using var visitor = await chromium.Visit(portal);
        await visitor.Page.GotoAsync("/Account/Login?returnUrl=%2F%2Fexample.com%2Fstolen");
        await Fill(visitor, OperatorApi.AdminEmail, OperatorApi.Password);
        await visitor.Page.WaitForURLAsync(address => !address.Contains("/Account/", StringComparison.Ordinal));

        Assert.Equal(portal.Address.Authority, new Uri(visitor.Page.Url).Authority);
    }

    [Fact]
    public async Task Signing_out_ends_the_visit()
    {
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(OperatorApi.AdminEmail);
        await visitor.Page.GotoAsync("/not-found");
        await visitor.Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await visitor.Page.WaitForURLAsync(address => address.Contains("/Account/Login", StringComparison.Ordinal));

        await visitor.Page.GotoAsync("/");
        Assert.Equal("/Account/Login", new Uri(visitor.Page.Url).AbsolutePath);
    }

    [Fact]
    public async Task A_sign_out_that_a_strange_page_posts_is_refused()
    {
        using var strange = new HttpClient();
        using var form = new FormUrlEncodedContent([]);
        using var answer = await strange.PostAsync(new Uri(portal.Address, "/Account/Logout"), form);

        Assert.Equal(System.Net.HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_forgotten_password_is_set_by_a_link_that_works_once()
    {
        var person = await SomebodyWhoForgot();
        await using var visitor = await chromium.Visit(portal);
        await visitor.Open("/Account/ForgotPassword");
        await visitor.Page.Locator("input[type=email]").FillAsync(person);
        await visitor.Page.Locator("button[type=submit]").First.ClickAsync();
        await visitor.Page.GetByText("Look into your mail.").WaitForAsync();

        var link = await LinkIn("Set a new password", person);
        await SetPassword(visitor, link, "a few new words");
        await visitor.Page.GetByText("Your password is set.").WaitForAsync();
        await Fill(visitor, person, "a few new words");
        await visitor.Page.WaitForURLAsync(address => !address.Contains("/Account/", StringComparison.Ordinal));

        await SetPassword(visitor, link, "other words again");
        await visitor.Page.GetByText("This link does not work any more").WaitForAsync();
    }

    [Fact]
    public async Task An_address_that_nobody_has_gets_no_mail_and_the_same_page()
    {
        await using var visitor = await chromium.Visit(portal);
        await visitor.Open("/Account/ForgotPassword");
        await visitor.Page.Locator("input[type=email]").FillAsync("nobody@example.com");
        await visitor.Page.Locator("button[type=submit]").First.ClickAsync();
        await visitor.Page.GetByText("Look into your mail.").WaitForAsync();

        await using var db = portal.Database.CreateDbContext();
        Assert.False(await db.Outbox.AnyAsync(mail => mail.To == "nobody@example.com"));
    }

    [Fact]
    public async Task The_sellers_name_is_on_the_pages_as_soon_as_it_is_said()
    {
        await using var visitor = await chromium.Visit(portal);
        await portal.Api.Put("/v1/company", """{"name":"Northwind AI"}""");
        await visitor.Open("/Account/Login");

        Assert.Equal("Sign in · Northwind AI", await visitor.Page.TitleAsync());
        await visitor.Page.GetByText("Northwind AI", new() { Exact = true }).WaitForAsync();
    }

    [Fact]
    public async Task The_choice_of_colours_is_in_the_servers_first_byte()
    {
        await using var visitor = await chromium.Visit(portal);
        await visitor.Open("/Account/Login");
        await visitor.Page.GetByLabel("Dark").CheckAsync();
        Assert.Equal("dark", await visitor.Page.Locator("html").GetAttributeAsync("data-theme"));

        var answer = await visitor.Open("/Account/Login");
        Assert.Contains("<html lang=\"en\" data-theme=\"dark\">", await answer.TextAsync(), StringComparison.Ordinal);
    }

    private static async Task Fill(Visitor visitor, string email, string password)
    {
        await visitor.Page.Locator("input[type=email]").FillAsync(email);
        await visitor.Page.Locator("input[type=password]").FillAsync(password);
        await visitor.Page.Locator("button[type=submit]").First.ClickAsync();
    }

    private static async Task SetPassword(Visitor visitor, string link, string password)
    {
        await visitor.Open(link);
        await visitor.Page.Locator("input[type=password]").FillAsync(password);
        await visitor.Page.Locator("button[type=submit]").First.ClickAsync();
    }

    private async Task<string> AnswerTo(string email, string password)
    {
        await using var visitor = await chromium.Visit(portal);
        await visitor.Open("/Account/Login");
        await Fill(visitor, email, password);
        return await visitor.Page.Locator("[role=alert]").InnerTextAsync();
    }

    private async Task<string> SomebodyWhoForgot()
    {
        var email = $"{Guid.NewGuid():N}@example.com";
        await using var db = portal.Database.CreateDbContext();
        db.Users.Add(new Domain.Accounts.PortalUser
        {
            UserName = email,
            NormalizedUserName = email.ToUpperInvariant(),
            Email = email,
            NormalizedEmail = email.ToUpperInvariant(),
            SecurityStamp = Guid.NewGuid().ToString("N"),
            LockoutEnabled = true,
            OperatorRole = Domain.Accounts.OperatorRole.Support,
        });
        await db.SaveChangesAsync();
        return email;
    }

    private async Task<string> LinkIn(string subject, string to)
    {
        await using var db = portal.Database.CreateDbContext();
        var mail = await db.Outbox.SingleAsync(sent => sent.To == to && sent.Subject == subject);
        return Link().Match(mail.Text).Value;
    }

    [GeneratedRegex("/Account/[^ \n]+")]
    private static partial Regex Link();
}
