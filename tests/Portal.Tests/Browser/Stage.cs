using System.Collections.Concurrent;

namespace Portal.Tests.Browser;

/// <summary>A customer with everything a page can show: a cap, usage, a closed period with its invoice, two cards, a team and a key.</summary>
public sealed class Stage
{
    private static readonly ConcurrentDictionary<RunningPortal, Lazy<Task<Stage>>> s_stages = new();

    private Stage()
    {
    }

    /// <summary>The customer's key.</summary>
    public string Customer { get; } = "stage";

    /// <summary>The owner's address.</summary>
    public string Owner { get; private set; } = "";

    /// <summary>The number of the invoice that closed the customer's first period.</summary>
    public string Invoice { get; private set; } = "";

    /// <summary>The stage of a host; the first to ask sets it up.</summary>
    public static Task<Stage> Of(RunningPortal portal) =>
        s_stages.GetOrAdd(portal, host => new Lazy<Task<Stage>>(() => SetUp(host.Api))).Value;

    /// <summary>Signs a visitor in as one of the stage's people.</summary>
    public Task SignIn(Visitor visitor, Who who) => who switch
    {
        Who.Nobody => Task.CompletedTask,
        Who.Owner => visitor.SignInAgain(Owner),
        Who.Admin => visitor.SignInAgain(OperatorApi.AdminEmail),
    };

    private static async Task<Stage> SetUp(OperatorApi api)
    {
        var stage = new Stage();
        stage.Owner = await Given.Customer(api, stage.Customer, "Stage Craft Inc");
        await Given.Member(api, stage.Customer, "dev@stage.example", "developer");
        await api.Post($"/v1/customers/{stage.Customer}/keys", """{"name":"Backend","scopes":["usage:read","access:read"]}""");
        await api.Events([.. Enumerable.Range(0, 12).Select(n => Given.Tokens(stage.Customer, $"first-{n}", 1_200_000))]);

        // Past the end of the period and the grace of its invoice: from here on there is something to look back at.
        await api.MoveClock(new DateTimeOffset(2026, 3, 9, 10, 0, 0, TimeSpan.Zero));
        // Nobody listens there: its deliveries show what failed.
        await api.Put($"/v1/customers/{stage.Customer}/webhooks/ledger", """{"url":"http://127.0.0.1:9/hook","events":["limit.changed","alert.raised"]}""");
        await api.Put($"/v1/customers/{stage.Customer}/limit", """{"amount":"40.00","kind":"hard"}""");
        await api.Events([.. Enumerable.Range(0, 12).Select(n => Given.Tokens(stage.Customer, $"second-{n}", 1_190_000))]);
        await api.Put($"/v1/customers/{stage.Customer}/payment-method", """{"card":"4000000000000002"}""");
        await api.Post($"/v1/customers/{stage.Customer}/payment-methods", """{"card":"4242424242424242","use":"backup"}""");
        var invoices = await api.Get($"/v1/invoices?customer={stage.Customer}");
        stage.Invoice = invoices["items"]![0]!["number"]!.GetValue<string>();
        return stage;
    }
}
