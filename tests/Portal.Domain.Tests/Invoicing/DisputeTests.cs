using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>A customer asks about a line, the operator answers, and both read the same.</summary>
public sealed class DisputeTests
{
    [Fact]
    public async Task A_question_is_answered_and_closed_with_a_mail_each_way()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")], terms: new BillingTerms(null, BillingTerms.Send, 14));
        await system.WalkTo("2026-04-01T01:00:00Z");
        await using (var db = system.Database.CreateDbContext())
        {
            db.Users.Add(new PortalUser { UserName = "finance@atlas.example", Email = "finance@atlas.example", OperatorRole = OperatorRole.Finance });
            db.Users.Add(new PortalUser { UserName = "support@atlas.example", Email = "support@atlas.example", OperatorRole = OperatorRole.Support });
            await db.SaveChangesAsync();
        }

        var owner = Actor.OfMember("owner@c1.example", customer.Id, MemberRole.Owner);
        var asked = await Say(system, owner, 1, "Where does this come from?\nWe were away.");
        Assert.Equal(DisputeState.Open, asked.State);
        Assert.Equal(asked.Id, (await Say(system, owner, 1, "And why a fee?")).Id);
        Assert.Equal(DisputeState.Answered, (await Say(system, Actor.System, 1, "It is the plan's fee.")).State);
        await system.WalkTo("2026-04-01T02:00:00Z");
        Assert.Equal(2, system.Mails.Count(mail => mail.To == "finance@atlas.example" && mail.Subject == "Customer c1 asks about line 1 of invoice INV-000001"));
        Assert.DoesNotContain(system.Mails, mail => mail.To == "support@atlas.example");
        Assert.Contains("It is the plan's fee.", Assert.Single(system.Mails, mail => mail.To == customer.Email && mail.Subject == "About line 1 of invoice INV-000001").Text, StringComparison.Ordinal);

        await system.Get<DisputeWriter>().Close(owner, "INV-000001", 1, CancellationToken.None);
        var again = await Say(system, owner, 1, "One more thing.");
        Assert.NotEqual(asked.Id, again.Id);
        var listed = await system.Get<DisputeReader>().List(Actor.System, null, null, 10, CancellationToken.None);
        Assert.Equal([DisputeState.Open, DisputeState.Closed], listed.Select(dispute => dispute.State));
        Assert.Equal(3, listed[1].Messages.Count);
    }

    [Fact]
    public async Task Only_who_may_pay_asks_only_of_its_own_and_only_about_lines_that_are_there()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")]);
        var other = await system.Subscribe([Fee("100")]);
        await system.WalkTo("2026-04-01T01:00:00Z");
        var number = (await system.Invoices(customer)).Single().Number!;

        Assert.Equal(RefusalKind.Forbidden, (await Assert.ThrowsAsync<Refusal>(() => system.Get<DisputeWriter>().Say(
            Actor.OfMember("v@c.example", customer.Id, MemberRole.Viewer), number, 1, "Why?", null, CancellationToken.None))).Kind);
        Assert.Equal(RefusalKind.NotFound, (await Assert.ThrowsAsync<Refusal>(() => system.Get<DisputeWriter>().Say(
            Actor.OfMember("o@c.example", other.Id, MemberRole.Owner), number, 1, "Why?", null, CancellationToken.None))).Kind);
        await Assert.ThrowsAsync<InvalidInputException>(() => system.Get<DisputeWriter>().Say(Actor.System, number, 9, "Why?", null, CancellationToken.None));
        await Assert.ThrowsAsync<InvalidInputException>(() => system.Get<DisputeWriter>().Say(Actor.System, number, 1, " ", null, CancellationToken.None));
    }

    [Fact]
    public async Task Many_who_ask_at_once_are_in_one_conversation()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")]);
        await system.WalkTo("2026-04-01T01:00:00Z");
        var owner = Actor.OfMember("owner@c1.example", customer.Id, MemberRole.Owner);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(() => Say(system, owner, 1, $"Question {n}"))));

        Assert.Equal(8, Assert.Single(await system.Get<DisputeReader>().List(owner, null, null, 10, CancellationToken.None)).Messages.Count);
    }

    private static Task<Dispute> Say(BillingSystem system, Actor actor, int line, string text) =>
        system.Get<DisputeWriter>().Say(actor, "INV-000001", line, text, null, CancellationToken.None);
}
