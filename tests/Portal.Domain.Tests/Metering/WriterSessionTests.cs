using Npgsql;
using Portal.Domain.Metering;

namespace Portal.Domain.Tests.Metering;

/// <summary>Which answers of the database the writer takes for the data's fault, and which it tries again after.</summary>
public sealed class WriterSessionTests
{
    [Theory]
    [InlineData("22003", null, true)]
    [InlineData("23505", "pk_events", true)]
    [InlineData("23514", "ck_something", true)]
    [InlineData("54000", null, true)]
    [InlineData("40001", null, false)]
    [InlineData("40P01", null, false)]
    [InlineData("53100", null, false)]
    [InlineData("57P01", null, false)]
    public void A_broken_rule_is_the_datas_fault_and_a_stumble_is_not(string state, string? constraint, bool isAboutData) =>
        Assert.Equal(isAboutData, WriterSession.IsAboutData(Answer(state, constraint)));

    [Fact]
    public void A_month_that_was_made_under_a_running_commit_is_not_the_datas_fault() =>
        Assert.False(WriterSession.IsAboutData(Answer("23514", null)));

    private static PostgresException Answer(string state, string? constraint) =>
        new("new row violates something", "ERROR", "ERROR", state, constraintName: constraint);
}
