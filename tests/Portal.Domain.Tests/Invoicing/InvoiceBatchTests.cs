using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>Many invoices at once: each stands for itself, and nothing is done twice. And an invoice's mail again.</summary>
public sealed class InvoiceBatchTests
{
    private static readonly string[] s_books = ["books@example.com"];

    [Fact]
    public async Task Drafts_are_issued_at_once_and_what_cannot_be_is_named_with_its_reason()
    {
        await using var system = await Drafts(6);
        var drafts = await Ids(system);
        await system.Get<InvoiceWriter>().Void(Actor.System, drafts[1], default);
        await system.Get<InvoiceWriter>().Finalize(Actor.System, drafts[2], default);
        var missing = Guid.NewGuid().ToString();

        var outcomes = await Run(system, InvoiceAction.Finalize, [.. drafts, missing, drafts[0]]);

        Assert.Equal([.. drafts, missing], outcomes.Select(outcome => outcome.Reference));
        Assert.Equal([null, "not_a_draft", "not_a_draft", null, null, null, "not_found"], outcomes.Select(outcome => outcome.Code));
        Assert.Contains("is no draft any more", outcomes[1].Problem, StringComparison.Ordinal);
        Assert.All(outcomes.Where(outcome => outcome.IsDone), outcome => Assert.NotNull(outcome.Invoice!.Number));
        await using var db = system.Database.CreateDbContext();
        Assert.Equal(5, await db.AuditEntries.CountAsync(entry => entry.Action == "invoice.finalized"));
        Assert.Equal(5, await db.Outbox.CountAsync());
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task Two_who_issue_the_same_drafts_at_once_issue_each_once()
    {
        await using var system = await Drafts(8);
        var drafts = await Ids(system);

        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => Run(system, InvoiceAction.Finalize, drafts))));

        Assert.All(drafts.Index(), draft => Assert.Single(both, outcomes => outcomes[draft.Index].IsDone));
        await using var db = system.Database.CreateDbContext();
        Assert.Equal((8, 8), (await db.Invoices.CountAsync(invoice => invoice.Number != null), await db.Outbox.CountAsync()));
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task Drafts_of_one_customer_are_issued_oldest_first_whatever_the_order_they_are_named_in()
    {
        await using var system = await Start("2026-01-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("1"), Fee("5", "advance")]);
        foreach (var month in new[] { "2026-02-01T00:10:00Z", "2026-03-01T00:10:00Z" })
        {
            system.MoveTo(month);
            await system.Get<InvoiceRun>().Run(default);
        }

        var drafts = (await system.Invoices(customer)).Where(invoice => invoice.Status == InvoiceStatus.Draft).OrderByDescending(invoice => invoice.PeriodEnd).ToList();
        Assert.True(drafts.Count >= 2);
        var outcomes = await Run(system, InvoiceAction.Finalize, [.. drafts.Select(draft => draft.Id.ToString())]);

        Assert.All(outcomes, outcome => Assert.True(outcome.IsDone, outcome.Problem));
        var issued = (await system.Invoices(customer)).OrderBy(invoice => invoice.Number).ToList();
        Assert.Equal(issued.OrderBy(invoice => invoice.PeriodEnd).Select(invoice => invoice.Number), issued.Select(invoice => invoice.Number));
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task Drafts_are_withdrawn_and_one_who_gives_up_learns_which_were()
    {
        await using var system = await Drafts(4);
        var drafts = await Ids(system);
        using var stop = new CancellationTokenSource();
        var progress = new Steps(done =>
        {
            if (done == 2)
            {
                stop.Cancel();
            }
        });

        var outcomes = await system.Get<InvoiceBatchWriter>().Run(Actor.System, InvoiceAction.Void, drafts, Guid.Empty, progress, stop.Token);

        Assert.Equal((2, 2), (outcomes.Count(outcome => outcome.IsDone), outcomes.Count(outcome => outcome.Code == "stopped")));
        await using var db = system.Database.CreateDbContext();
        Assert.Equal((2, 2), (await db.Invoices.CountAsync(invoice => invoice.Status == InvoiceStatus.Void), await db.Invoices.CountAsync(invoice => invoice.Status == InvoiceStatus.Draft)));
        Assert.Equal(2, await db.AuditEntries.CountAsync(entry => entry.Action == "invoice.voided"));
    }

    [Fact]
    public async Task A_mail_goes_again_once_for_each_sending_to_the_addresses_of_now()
    {
        await using var system = await Drafts(1);
        var draft = Assert.Single(await Ids(system));
        var refused = await Assert.ThrowsAsync<Refusal>(() => system.Get<InvoiceMailWriter>().Resend(Actor.System, draft, Guid.NewGuid(), default));
        Assert.Equal("not_finalized", refused.Code);
        var issued = await system.Get<InvoiceWriter>().Finalize(Actor.System, draft, default);
        await using var db = system.Database.CreateDbContext();
        await db.Customers.ExecuteUpdateAsync(rows => rows.SetProperty(customer => customer.Email, "new@example.com").SetProperty(customer => customer.InvoiceEmails, s_books));
        await system.Get<InvoiceWriter>().RecordPayment(Actor.System, issued.Number!, new ReceivedPayment(2m, null, null), default);

        var sending = Guid.NewGuid();
        foreach (var _ in Enumerable.Range(0, 2))
        {
            Assert.Equal(["new@example.com", "books@example.com"], await system.Get<InvoiceMailWriter>().Resend(Actor.System, issued.Number!, sending, default));
        }

        var again = await db.Outbox.AsNoTracking().OrderBy(mail => mail.Id).Skip(1).ToListAsync();
        Assert.Equal(["new@example.com", "books@example.com"], again.Select(mail => mail.To));
        Assert.All(again, mail => Assert.Contains($"Invoice {issued.Number} over $5.00", mail.Subject, StringComparison.Ordinal));
        Assert.All(again, mail => Assert.Contains("$3.00 of it are still open", mail.Text, StringComparison.Ordinal));
        Assert.Single(await db.AuditEntries.Where(entry => entry.Action == "invoice.resent").ToListAsync());

        // What is paid is not asked for again.
        await system.Get<InvoiceWriter>().RecordPayment(Actor.System, issued.Number!, new ReceivedPayment(null, null, null), default);
        Assert.True(Assert.Single(await Run(system, InvoiceAction.Resend, [issued.Number!])).IsDone);
        Assert.Contains("It is paid.", (await db.Outbox.AsNoTracking().OrderBy(mail => mail.Id).LastAsync()).Text, StringComparison.Ordinal);
    }

    private static Task<IReadOnlyList<InvoiceOutcome>> Run(BillingSystem system, InvoiceAction action, IReadOnlyList<string> references) =>
        system.Get<InvoiceBatchWriter>().Run(Actor.System, action, references, Guid.NewGuid(), null, default);

    /// <summary>Drafts of closed periods, over $5 each.</summary>
    private static async Task<BillingSystem> Drafts(int count)
    {
        var system = await Start("2026-03-01T00:00:00Z");
        await system.SubscribeMany(count, Fee("5"));
        system.MoveTo("2026-04-01T00:10:00Z");
        await system.Get<InvoiceRun>().Run(default);
        return system;
    }

    private static async Task<List<string>> Ids(BillingSystem system)
    {
        await using var db = system.Database.CreateDbContext();
        return (await db.Invoices.OrderBy(invoice => invoice.CustomerId).Select(invoice => invoice.Id).ToListAsync()).ConvertAll(id => id.ToString());
    }

    /// <summary>Hears of each step at once, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Steps(Action<int> hear) : IProgress<int>
    {
        public void Report(int value) => hear(value);
    }
}
