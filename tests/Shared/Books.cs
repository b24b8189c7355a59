using Portal.Domain.Ledger;

namespace Portal.Tests.Shared;

/// <summary>The check that every test about money ends with.</summary>
public static class Books
{
    /// <summary>Fails where the books are not what the documents come to, naming each difference.</summary>
    public static async Task MustAgree(TestDatabase database) =>
        Assert.Empty(await new LedgerProof(database).Differences(CancellationToken.None));
}
