using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Domain.Tests.Invoicing;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Credits;

/// <summary>Where credits pay for everything, what is used and held together never exceeds them.</summary>
public sealed class ReservedCreditsTests
{
    [Fact]
    public async Task However_many_callers_hold_at_once_a_prepaid_balance_is_never_exceeded()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await Prepaid(system, 100);
        await system.Use(customer, 40);

        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(() => Hold(system, customer, 7))));

        Assert.Equal(8, answers.Count(answer => answer.IsHeld));
        Assert.All(answers, answer => Assert.True(answer.IsHeld || answer.Reason == AccessReason.CreditsExhausted));
        Assert.True((await Hold(system, customer, 4)).IsHeld);
        Assert.Equal(AccessReason.CreditsExhausted, (await Hold(system, customer, 0.01m)).Reason);
    }

    [Fact]
    public async Task Credits_pay_the_tax_too_so_it_is_held_with_the_amount()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        await system.Get<TaxRateWriter>().Put(Actor.System, [new TaxRate { Country = "DE", Name = "VAT", Percent = 19 }], CancellationToken.None);
        var customer = await Prepaid(system, 119, country: "DE");
        await system.Use(customer, 40);

        Assert.Equal(AccessReason.CreditsExhausted, (await Hold(system, customer, 60.01m)).Reason);
        Assert.True((await Hold(system, customer, 60)).IsHeld);
    }

    [Fact]
    public async Task Who_pays_by_invoice_holds_as_if_there_were_no_credits()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("1")]);
        Assert.True((await Hold(system, customer, 1_000)).IsHeld);
    }

    private static async Task<Customer> Prepaid(BillingSystem system, decimal amount, string? country = null)
    {
        var customer = await system.Subscribe([PerToken("1")], terms: BillingTerms.Default with { PrepaidOnly = true });
        if (country is not null)
        {
            await using var db = system.Database.CreateDbContext();
            await db.Customers.Where(one => one.Id == customer.Id).ExecuteUpdateAsync(one => one.SetProperty(row => row.Country, country));
            await system.Get<Register>().Apply(RegisterChange.Everything, CancellationToken.None);
        }

        await system.Get<CreditWriter>().Grant(Actor.System, customer.Key, new CreditTerms(amount, CreditKind.Prepaid, 50, null, [], null), CancellationToken.None);
        return customer;
    }

    private static async Task<ReservationAnswer> Hold(BillingSystem system, Customer customer, decimal amount) =>
        (await system.Get<ReservationWriter>().Hold(Actor.System, customer.Key, new ReservationTerms(null, amount, null, new Dictionary<string, string>(), 300), CancellationToken.None)).Answer;
}
