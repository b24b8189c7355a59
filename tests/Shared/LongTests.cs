namespace Portal.Tests.Shared;

/// <summary>A test of minutes (crashes, load, soak). It runs with <c>./test --all</c>.</summary>
public sealed class LongFactAttribute : FactAttribute
{
    public LongFactAttribute() => Skip = LongTests.ReasonToSkip;
}

/// <summary>A theory of minutes. It runs with <c>./test --all</c>.</summary>
public sealed class LongTheoryAttribute : TheoryAttribute
{
    public LongTheoryAttribute() => Skip = LongTests.ReasonToSkip;
}

internal static class LongTests
{
    public static string? ReasonToSkip { get; } =
        Environment.GetEnvironmentVariable("PORTAL_TEST_ALL") == "1" ? null : "A long test: ./test --all runs it.";
}
