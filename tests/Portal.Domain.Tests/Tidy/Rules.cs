using System.Text.RegularExpressions;

namespace Portal.Domain.Tests.Tidy;

/// <summary>The house rules (docs/decisions name the reasons).</summary>
public static partial class Rules
{
    private const int LinesMax = 300;
    private const int RazorLinesMax = 200;

    // How many lines above the SQL a comment about it may stand.
    private const int CommentReach = 15;

    /// <summary>Where sums of money and quantities are computed or kept.</summary>
    private static readonly string[] s_moneyFolders =
        [.. "Values Catalog Metering Rating Ledger Credits Invoicing Payments Limits".Split(' ').Select(folder => $"Portal.Domain/{folder}/")];

    /// <summary>Folders of functions without I/O, and calculations that lie beside their shell.</summary>
    private static readonly string[] s_calculations =
    [
        "Portal.Domain/Values/", "Portal.Domain/Rating/", "Portal.Domain/Forecasting/",
        "Portal.Domain/Catalog/BillingPeriods.cs", "Portal.Domain/Credits/Burndown.cs",
        "Portal.Domain/Invoicing/ChargeSheet.cs", "Portal.Domain/Invoicing/InvoiceDraft.cs", "Portal.Domain/Invoicing/PriceAllocation.cs",
        "Portal.Domain/Invoicing/PriceBalance.cs", "Portal.Domain/Invoicing/Spend.cs", "Portal.Domain/Limits/LimitStand.cs",
        "Portal.Domain/Metering/BucketTally.cs", "Portal.Domain/Metering/MeterMatch.cs",
    ];

    public static readonly Rule DomainStandsAlone = Rule.AgainstCode(
        PortalBeyondDomain(), file => file.IsBelow("Portal.Domain/"), "refers to a host: the domain knows neither the API nor the pages. Pass in what it needs.");

    public static readonly Rule ApiKnowsNoPages = Rule.AgainstCode(
        PortalBeyondApi(), file => file.IsBelow("Portal.Api/"), "refers to the pages: references run Portal → Portal.Api → Portal.Domain. Move what both need into the domain.");

    public static readonly Rule ProjectsReferOneWay = new(
        "refers to a project that it must not know: references run Portal → Portal.Api → Portal.Domain.",
        file => file.Path.EndsWith(".csproj", StringComparison.Ordinal) && !file.IsBelow("tests/"), WrongReferences);

    public static readonly Rule CalculationsKnowNoWorld = Rule.AgainstCode(
        World(), file => file.IsBelow(s_calculations), "is a calculation: do the query or the call beside it and pass its result in.");

    public static readonly Rule DomainKnowsNoHttp = Rule.AgainstCode(
        Http(), file => file.IsBelow("Portal.Domain/"), "knows HTTP or pages: that belongs into Portal.Api or Portal. Take and return values.");

    public static readonly Rule TimeIsHandedIn = Rule.AgainstCode(
        AmbientTime(), _ => true, "reads the machine's clock: take BusinessClock or TimeProvider, or the instant as a parameter.");

    public static readonly Rule HostAloneNamesTheSystemClock = Rule.AgainstCode(
        SystemClock(), file => file.IsBelow("Portal/", "Portal.Api/", "Portal.Domain/") && !file.IsBelow("Portal.Api/Hosting/"),
        "takes the system's clock by name: ask for a TimeProvider, so that a test can hand in another.");

    public static readonly Rule SqlAsksNoClock = Rule.AgainstText(
        SqlClock(), file => file.IsBelow("Portal/", "Portal.Api/", "Portal.Domain/"),
        "lets the database tell the time: pass the instant as a parameter, so that the business clock holds.");

    public static readonly Rule SqlHasParameters = new(
        "builds SQL from a value: make it a parameter. A name that never came from outside needs a comment '// In SQL: …' above it that says so.",
        file => file.IsBelow("Portal/", "Portal.Api/", "Portal.Domain/"), SqlWithValues);

    public static readonly Rule MoneyIsDecimal = Rule.AgainstCode(
        BinaryFraction(), file => file.IsBelow(s_moneyFolders), "uses a binary fraction where money or quantities are: take decimal.");

    public static readonly Rule FilesAreReadInOneSitting = new(
        $"is longer than {LinesMax} lines ({RazorLinesMax} for .razor): give its second subject a file of its own.",
        file => !file.Path.EndsWith(".csproj", StringComparison.Ordinal),
        file => file.Lines > (file.Path.EndsWith(".razor", StringComparison.Ordinal) ? RazorLinesMax : LinesMax) ? [(file.Text, file.Text.Length)] : []);

    public static readonly Rule NothingIsLeftForLater = Rule.AgainstAll(
        Unfinished(), _ => true, "is left for later: finish it, or leave it out and open an issue.");

    public static readonly Rule SkippedTestsSayWhy = Rule.AgainstAll(
        SkipWithoutReason(), file => file.IsBelow("tests/"), "skips a test without a reason that tells a reader when it runs.");

    public static readonly Rule NothingSleeps = Rule.AgainstCode(
        Sleep(), _ => true, "blocks a thread for a time: wait for the thing itself, with a deadline.");

    public static readonly Rule NamesSayWhatThingsAre = Rule.AgainstCode(
        VagueName(), file => !file.IsBelow("tests/"), "has a type named after nothing (Manager, Helper, Service, Dto, Utils): name what it is.");

    public static readonly Rule FoldersAreCapabilities = new(
        "lies in a folder named after a technical layer: put it into its capability's.",
        file => LayerFolder().IsMatch(file.Path), file => [(file.Text, 0)]);

    private static IEnumerable<(string, int)> WrongReferences(SourceFile project)
    {
        string[] below = Path.GetFileNameWithoutExtension(project.Path) switch
        {
            "Portal" => ["Portal.Api", "Portal.Domain"],
            "Portal.Api" => ["Portal.Domain"],
            _ => [],
        };
        return Reference().Matches(project.Text).Where(found => !below.Contains(found.Groups[1].Value)).Select(found => (project.Text, found.Index));
    }

    private static IEnumerable<(string, int)> SqlWithValues(SourceFile file)
    {
        foreach (Match sql in InterpolatedSql().Matches(file.Text))
        {
            var takesParameters = ParameterCall().IsMatch(file.Text[..sql.Index]);
            var isExplained = file.Text[..sql.Index].Split('\n').TakeLast(CommentReach).Any(line => line.Contains("// In SQL: ", StringComparison.Ordinal));
            if (!takesParameters && !isExplained && Hole().Matches(sql.Value).Any(hole => !Constant().IsMatch(hole.Groups[1].Value)))
            {
                yield return (file.Text, sql.Index);
            }
        }
    }

    [GeneratedRegex(@"\bPortal\.(?!Domain\b)[A-Z]\w*")]
    private static partial Regex PortalBeyondDomain();

    [GeneratedRegex(@"\bPortal\.(?!Domain\b|Api\b)[A-Z]\w*")]
    private static partial Regex PortalBeyondApi();

    [GeneratedRegex("""<ProjectReference\s[^>]*Include="[^"]*?([\w.]+)\.csproj""")]
    private static partial Regex Reference();

    [GeneratedRegex(@"\b(Microsoft\.EntityFrameworkCore|Npgsql|System\.Net\.(Http|Sockets)|Microsoft\.AspNetCore|Portal\.Domain\.Storage|HttpClient|DbContext|PortalDb|System\.IO|File|Directory)\b")]
    private static partial Regex World();

    [GeneratedRegex(@"\bMicrosoft\.AspNetCore\.(Http|Components|Mvc|Builder|Routing|SignalR|Hosting|WebUtilities)\b")]
    private static partial Regex Http();

    [GeneratedRegex(@"\b(DateTime(Offset)?\.(Utc)?Now|DateTime\.Today)\b")]
    private static partial Regex AmbientTime();

    [GeneratedRegex(@"\bTimeProvider\.System\b")]
    private static partial Regex SystemClock();

    [GeneratedRegex(@"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp)\(\)|\bcurrent_(timestamp|date|time)\b", RegexOptions.IgnoreCase)]
    private static partial Regex SqlClock();

    [GeneratedRegex(@"\b(double|float)\b")]
    private static partial Regex BinaryFraction();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|NotImplementedException)\b")]
    private static partial Regex Unfinished();

    [GeneratedRegex("""\bSkip\s*=\s*"[^"]{0,19}"|\bSkip\s*=\s*(null|string\.Empty)\b""")]
    private static partial Regex SkipWithoutReason();

    [GeneratedRegex(@"\bThread\.Sleep\b")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"\b(class|record|struct|interface|enum)\s+\w*(Manager|Helper|Helpers|Service|Dto|Util|Utils)\b")]
    private static partial Regex VagueName();

    [GeneratedRegex("/(Services|Helpers|Utils|Common|Models|Interfaces|Dtos)/", RegexOptions.IgnoreCase)]
    private static partial Regex LayerFolder();

    [GeneratedRegex(""""
        \$+"{3,}\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|ALTER|DROP|TRUNCATE|COPY|LOCK|SET|LISTEN|NOTIFY|MERGE)\s[\s\S]*?"{3,}|\$"\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|ALTER|DROP|TRUNCATE|COPY|LOCK|SET|LISTEN|NOTIFY|MERGE)\s(?:\\.|[^"\\\n])*"
        """")]
    private static partial Regex InterpolatedSql();

    // EF, or the question itself, turns the holes of these into parameters; a formattable string still has them apart.
    [GeneratedRegex(@"\b((FromSql|ExecuteSql|ExecuteSqlAsync|ExecuteSqlInterpolatedAsync|SqlQuery(<[^>]*>)?|DueQuestion\.Of)\(|FormattableString \w+\([^)]*\) =>)\s*$")]
    private static partial Regex ParameterCall();

    [GeneratedRegex(@"\{([^{}]+)\}")]
    private static partial Regex Hole();

    // Constants are written with a capital, static readonly fields with s_.
    [GeneratedRegex(@"^(s_\w+|[A-Z]\w*(\.[A-Z]\w*)*)$")]
    private static partial Regex Constant();
}
