using Portal.Domain.Metering;

namespace Portal.Domain.Tests.Metering;

/// <summary>What is foretold of versions before the database gives them, and whose turn it is to ask.</summary>
public sealed class VersionTurnsTests
{
    private readonly VersionTurns _turns = new();

    [Fact]
    public void What_was_given_once_is_foretold_from_then_on_for_each_in_turn()
    {
        using var first = _turns.Take([1, 2]);
        Assert.False(first.IsForetold);
        Assert.True(first.End(Given((1, 5), (2, 8))));

        using var second = _turns.Take([1]);
        using var third = _turns.Take([1, 2]);
        Assert.True(second.IsForetold && third.IsForetold);
        Assert.Equal(Given((1, 6)), second.Foretold);
        Assert.Equal(Given((1, 7), (2, 9)), third.Foretold);
    }

    [Fact]
    public void A_customer_of_whom_nothing_is_known_has_all_asked_first()
    {
        Learn((1, 5));
        using var turn = _turns.Take([1, 2]);
        Assert.False(turn.IsForetold);
        Assert.Equal(Given((1, 6)), turn.Foretold);
    }

    [Fact]
    public void A_turn_begins_when_the_one_before_has_ended_or_was_given_up()
    {
        using var first = _turns.Take([1]);
        using var second = _turns.Take([2]);
        using var third = _turns.Take([3]);
        Assert.True(first.Before.IsCompleted);
        Assert.False(second.Before.IsCompleted);
        first.End(Given((1, 5)));
        Assert.True(second.Before.IsCompleted);
        Assert.False(third.Before.IsCompleted);
        second.Dispose();
        Assert.True(third.Before.IsCompleted);
    }

    [Fact]
    public void What_was_given_while_another_waits_is_not_learnt_since_that_one_raises_it_once_more()
    {
        using var first = _turns.Take([1]);
        using var waiting = _turns.Take([1]);
        first.End(Given((1, 5)));
        using var next = _turns.Take([1]);
        Assert.False(next.IsForetold);
        waiting.End(Given((1, 6)));
        next.End(Given((1, 7)));
        using var last = _turns.Take([1]);
        Assert.Equal(Given((1, 8)), last.Foretold);
    }

    [Fact]
    public void Who_was_told_wrongly_hears_of_it_and_a_hundred_transactions_ask_first()
    {
        Learn((1, 5));
        using var wrong = _turns.Take([1]);
        Assert.True(wrong.IsForetold);
        Assert.False(wrong.End(Given((1, 7))));
        for (var i = 0; i < 100; i++)
        {
            using var asking = _turns.Take([1]);
            Assert.False(asking.IsForetold);
            Assert.True(asking.End(Given((1, 8 + i))));
        }

        using var again = _turns.Take([1]);
        Assert.True(again.IsForetold);
        Assert.Equal(Given((1, 108)), again.Foretold);
    }

    [Fact]
    public void A_turn_that_raised_nothing_makes_the_next_ask_first()
    {
        Learn((1, 5));
        _turns.Take([1]).Dispose();
        using var next = _turns.Take([1]);
        Assert.False(next.IsForetold);
    }

    private void Learn(params (int Customer, long Version)[] versions)
    {
        using var turn = _turns.Take([.. versions.Select(version => version.Customer)]);
        turn.End(Given(versions));
    }

    private static Dictionary<int, long> Given(params (int Customer, long Version)[] versions) =>
        versions.ToDictionary(version => version.Customer, version => version.Version);
}
