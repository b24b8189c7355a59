using Portal.Catalog;
using Portal.Domain.Catalog;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Tests.Catalog;

public sealed class OwnPricesTests
{
    private static readonly RateCardContent s_card = new("Card", "USD", BillingInterval.Month, [Fee("base", 10m), Fee("seat", 5m)], [], 0, new BillingTerms(null, BillingTerms.Send, 30));

    [Fact]
    public void What_was_not_touched_is_what_it_was()
    {
        var stored = Fee("seat", 4.50m);
        var own = Over([stored]);

        own.Give(s_card.Prices[0]);
        own.Rows[1]["rate.amount"] = "90";
        own.Read();

        var prices = own.Prices(new FieldErrors());
        Assert.Same(stored, prices[0]);
        Assert.Equal(("base", new FlatRate(90m)), (prices[1].Key, prices[1].Terms.Rate));
        Assert.Equal(["base", "seat"], own.Lines.Select(line => line.OnCard!.Key));
    }

    [Fact]
    public void A_removed_price_is_the_cards_again_and_one_that_the_card_does_not_have_is_gone()
    {
        var own = Over([Fee("seat", 4m), Fee("support", 100m)]);
        Assert.Equal(3, own.Lines.Count());

        own.Remove(own.Rows[0]);
        own.Remove(own.Rows[0]);

        Assert.Empty(own.Prices(new FieldErrors()));
        Assert.All(own.Lines, line => Assert.Null(line.Own));
        Assert.Equal(2, own.Lines.Count());
    }

    [Fact]
    public void Another_name_leaves_the_key_which_says_what_is_replaced()
    {
        var own = Over([]);
        own.Give(s_card.Prices[0]);

        own.Sheet.Rename(own.Rows[0], "Base fee, agreed in May");
        own.Read();

        Assert.Equal(("base", "Base fee, agreed in May"), (own.Prices(new FieldErrors())[0].Key, own.Prices(new FieldErrors())[0].Name));
        Assert.True(own.Differs(own.Rows[0]));
    }

    [Fact]
    public void What_is_wrong_has_the_path_that_the_API_would_name()
    {
        var own = Over([Fee("seat", 4m)]);
        own.Rows[0]["rate.amount"] = "four";
        own.Read();

        var errors = new FieldErrors();
        own.Prices(errors);

        Assert.Equal("overrides[0].rate.amount", Assert.Single(errors.Items).Path);
        Assert.NotNull(own.Sheet.ErrorAt(own.Reading!.Errors, own.Rows[0], own.PathOf(own.Rows[0]), "rate.amount"));
    }

    [Fact]
    public void Another_version_of_the_card_keeps_what_was_typed()
    {
        var own = Over([]);
        own.Give(s_card.Prices[0]);
        own.Rows[0]["rate.amount"] = "7";

        own.LayOver(s_card with { Prices = [Fee("base", 20m)] }, _ => null);

        Assert.Equal(new FlatRate(7m), Assert.Single(own.Prices(new FieldErrors())).Terms.Rate);
    }

    private static OwnPrices Over(IReadOnlyList<Price> stored)
    {
        var own = new OwnPrices(stored);
        own.LayOver(s_card, _ => null);
        return own;
    }

    private static Price Fee(string key, decimal amount) =>
        new(key, key, null, new Dictionary<string, string>(), Price.Arrears, null, new PriceTerms(new FlatRate(amount)));
}
