using System.Text.RegularExpressions;
using Portal.Domain.Tests.Tidy;

namespace Portal.Domain.Tests;

/// <summary>The rules that the compiler does not know, held against the repository; and each rule held against a planted violation.</summary>
public sealed partial class TidyTests
{
    private static readonly Lazy<IReadOnlyList<SourceFile>> s_repository = new(SourceFile.OfRepository);

    [Fact]
    public void The_domain_refers_to_nothing_above_it() => Holds(Rules.DomainStandsAlone);

    [Fact]
    public void The_API_refers_to_no_page() => Holds(Rules.ApiKnowsNoPages);

    [Fact]
    public void Projects_refer_one_way() => Holds(Rules.ProjectsReferOneWay);

    [Fact]
    public void Calculations_know_no_database_and_no_network() => Holds(Rules.CalculationsKnowNoWorld);

    [Fact]
    public void The_domain_knows_no_HTTP_and_no_pages() => Holds(Rules.DomainKnowsNoHttp);

    [Fact]
    public void Time_comes_from_the_clock_that_was_handed_in() => Holds(Rules.TimeIsHandedIn);

    [Fact]
    public void The_host_alone_names_the_systems_clock() => Holds(Rules.HostAloneNamesTheSystemClock);

    [Fact]
    public void SQL_never_asks_the_database_for_the_time() => Holds(Rules.SqlAsksNoClock);

    [Fact]
    public void SQL_is_constant_and_values_are_parameters() => Holds(Rules.SqlHasParameters);

    [Fact]
    public void Money_and_quantities_are_decimal() => Holds(Rules.MoneyIsDecimal);

    [Fact]
    public void A_file_is_read_in_one_sitting() => Holds(Rules.FilesAreReadInOneSitting);

    [Fact]
    public void Nothing_is_left_for_later() => Holds(Rules.NothingIsLeftForLater);

    [Fact]
    public void A_skipped_test_says_why() => Holds(Rules.SkippedTestsSayWhy);

    [Fact]
    public void Nothing_sleeps() => Holds(Rules.NothingSleeps);

    [Fact]
    public void Types_are_named_after_what_they_are() => Holds(Rules.NamesSayWhatThingsAre);

    [Fact]
    public void Folders_are_capabilities() => Holds(Rules.FoldersAreCapabilities);

    [Fact]
    public void The_table_of_promises_names_tests_that_exist()
    {
        var table = File.ReadAllText(Path.Combine(SourceFile.Root, "tests", "README.md"));
        var named = TestNames().Matches(table).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);

        Assert.Contains("RaceTests", named);
        Assert.Subset(s_repository.Value.Select(file => Path.GetFileNameWithoutExtension(file.Path)).ToHashSet(StringComparer.Ordinal), named);
    }

    [Fact]
    public void The_rules_see_the_repository() =>
        Assert.Superset(
            new HashSet<string> { "Portal/Program.cs", "Portal.Api/Program.cs", "Portal.Domain/Portal.Domain.csproj", "tests/Shared/TestDatabase.cs" },
            s_repository.Value.Select(file => file.Path).ToHashSet());

    public static TheoryData<Rule, string, string> Planted() => new()
    {
        { Rules.DomainStandsAlone, "Portal.Domain/Metering/A.cs", "using Portal.Api.Metering;" },
        { Rules.DomainStandsAlone, "Portal.Domain/Metering/A.cs", "var page = new Portal.Invoicing.InvoicePage();" },
        { Rules.ApiKnowsNoPages, "Portal.Api/Metering/A.cs", "using Portal.Invoicing;" },
        { Rules.ProjectsReferOneWay, "Portal.Domain/Portal.Domain.csproj", "<ProjectReference Include=\"../Portal.Api/Portal.Api.csproj\" />" },
        { Rules.ProjectsReferOneWay, "Portal.Api/Portal.Api.csproj", "<ProjectReference Include=\"..\\Portal\\Portal.csproj\" />" },
        { Rules.CalculationsKnowNoWorld, "Portal.Domain/Rating/A.cs", "using Microsoft.EntityFrameworkCore;" },
        { Rules.CalculationsKnowNoWorld, "Portal.Domain/Forecasting/A.cs", "using Npgsql;" },
        { Rules.CalculationsKnowNoWorld, "Portal.Domain/Values/A.cs", "using System.Net.Http;" },
        { Rules.CalculationsKnowNoWorld, "Portal.Domain/Invoicing/ChargeSheet.cs", "Draw(PortalDb db)" },
        { Rules.DomainKnowsNoHttp, "Portal.Domain/Metering/A.cs", "using Microsoft.AspNetCore.Http;" },
        { Rules.DomainKnowsNoHttp, "Portal.Domain/Metering/A.cs", "using Microsoft.AspNetCore.Components;" },
        { Rules.TimeIsHandedIn, "Portal/A.razor", "<p>@DateTime.Now</p>" },
        { Rules.TimeIsHandedIn, "Portal.Domain/Alerts/A.cs", "var at = DateTimeOffset.UtcNow;" },
        { Rules.TimeIsHandedIn, "tests/Portal.Domain.Tests/A.cs", "var day = DateTime.Today;" },
        { Rules.HostAloneNamesTheSystemClock, "Portal.Domain/Alerts/A.cs", "var clock = TimeProvider.System;" },
        { Rules.SqlAsksNoClock, "Portal.Domain/Alerts/A.cs", "Execute(\"UPDATE outbox SET sent_at = now()\");" },
        { Rules.SqlAsksNoClock, "Portal.Domain/Alerts/A.cs", "Execute(\"SELECT CURRENT_TIMESTAMP\");" },
        { Rules.SqlHasParameters, "Portal.Domain/Alerts/A.cs", "Execute($\"SELECT * FROM events WHERE id = '{id}'\");" },
        { Rules.SqlHasParameters, "Portal.Domain/Alerts/A.cs", "Execute($\"\"\"\n    DELETE FROM {table}\n    \"\"\");" },
        { Rules.MoneyIsDecimal, "Portal.Domain/Rating/A.cs", "public double Amount { get; }" },
        { Rules.MoneyIsDecimal, "Portal.Domain/Credits/A.cs", "var share = (float)left / all;" },
        { Rules.FilesAreReadInOneSitting, "Portal.Domain/Rating/A.cs", new string('\n', 301) },
        { Rules.FilesAreReadInOneSitting, "Portal/A.razor", new string('\n', 201) },
        { Rules.NothingIsLeftForLater, "Portal.Api/A.cs", "// TODO: the rest" },
        { Rules.NothingIsLeftForLater, "Portal.Api/A.cs", "throw new NotImplementedException();" },
        { Rules.SkippedTestsSayWhy, "tests/A.cs", "[Fact(Skip = \"flaky\")]" },
        { Rules.SkippedTestsSayWhy, "tests/A.cs", "[Fact(Skip = \"\")]" },
        { Rules.NothingSleeps, "tests/A.cs", "Thread.Sleep(100);" },
        { Rules.NamesSayWhatThingsAre, "Portal.Domain/Alerts/A.cs", "public sealed class AlertManager" },
        { Rules.NamesSayWhatThingsAre, "Portal.Api/A.cs", "public sealed record InvoiceDto(int Id);" },
        { Rules.FoldersAreCapabilities, "Portal.Domain/Services/A.cs", "" },
    };

    [Theory]
    [MemberData(nameof(Planted))]
    public void Each_rule_catches_what_it_is_for(Rule rule, string path, string text)
    {
        var found = Assert.Single(rule.ViolationsIn([new SourceFile(path, "\n" + text)]));
        Assert.StartsWith(path + ":", found, StringComparison.Ordinal);
        Assert.Contains(rule.Remedy, found, StringComparison.Ordinal);
    }

    public static TheoryData<Rule, string, string> Allowed() => new()
    {
        { Rules.DomainStandsAlone, "Portal.Domain/Metering/A.cs", "using Portal.Domain.Rating;" },
        { Rules.ApiKnowsNoPages, "Portal.Api/Metering/A.cs", "using Portal.Domain.Rating; using Portal.Api.Hosting;" },
        { Rules.ProjectsReferOneWay, "Portal.Api/Portal.Api.csproj", "<ProjectReference Include=\"../Portal.Domain/Portal.Domain.csproj\" />" },
        { Rules.CalculationsKnowNoWorld, "Portal.Domain/Invoicing/InvoiceRun.cs", "using Npgsql;" },
        { Rules.CalculationsKnowNoWorld, "Portal.Domain/Rating/A.cs", "// Npgsql refuses other offsets." },
        { Rules.TimeIsHandedIn, "Portal.Domain/Alerts/A.cs", "// Never DateTime.Now.\nvar text = \"DateTime.Now\";" },
        { Rules.TimeIsHandedIn, "tests/A.cs", "var watch = Stopwatch.StartNew();" },
        { Rules.HostAloneNamesTheSystemClock, "Portal.Api/Hosting/A.cs", "var clock = TimeProvider.System;" },
        { Rules.SqlAsksNoClock, "Portal.Domain/Alerts/A.cs", "var now = clock.GetUtcNow(); // not now()" },
        { Rules.SqlHasParameters, "Portal.Domain/Alerts/A.cs", "db.Invoices.FromSql($\"SELECT * FROM invoices WHERE id = {id}\")" },
        { Rules.SqlHasParameters, "Portal.Domain/Alerts/A.cs", "DueQuestion.Of($\"SELECT min(due_at) FROM invoices WHERE id = {id}\")" },
        { Rules.SqlHasParameters, "Portal.Domain/Alerts/A.cs", "FormattableString Of(int id) => $\"SELECT due_at FROM invoices WHERE id = {id}\";" },
        { Rules.SqlHasParameters, "Portal.Domain/Alerts/A.cs", "Execute($\"LISTEN {Register.Channel}\")" },
        { Rules.SqlHasParameters, "Portal.Domain/Alerts/A.cs", "// In SQL: a name made from a month.\nExecute($\"CREATE TABLE {name} (LIKE events)\")" },
        { Rules.MoneyIsDecimal, "Portal.Domain/Rating/A.cs", "/// <summary>Never a double.</summary>\ndecimal amount = 0m;" },
        { Rules.MoneyIsDecimal, "Portal.Domain/Forecasting/A.cs", "var root = Math.Sqrt((double)variance);" },
        { Rules.FilesAreReadInOneSitting, "Portal.Domain/Rating/A.cs", new string('\n', 298) },
        { Rules.SkippedTestsSayWhy, "tests/A.cs", "[Fact(Skip = \"Needs the trace beside the clone, which is absent here.\")]" },
        { Rules.NamesSayWhatThingsAre, "Portal.Domain/Alerts/A.cs", "public sealed class AlertRun" },
    };

    [Theory]
    [MemberData(nameof(Allowed))]
    public void No_rule_cries_over_what_is_allowed(Rule rule, string path, string text) =>
        Assert.Empty(rule.ViolationsIn([new SourceFile(path, "\n" + text)]));

    [GeneratedRegex("`([A-Z][A-Za-z]+(?:Tests|Rules|Benchmark))`")]
    private static partial Regex TestNames();

    private static void Holds(Rule rule)
    {
        var violations = rule.ViolationsIn(s_repository.Value);
        Assert.True(violations.Count == 0, string.Join(Environment.NewLine, violations));
    }
}
