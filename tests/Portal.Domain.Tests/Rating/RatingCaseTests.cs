using System.Text.Json;
using Portal.Domain.Rating;
using Portal.Tests.Shared;

namespace Portal.Domain.Tests.Rating;

/// <summary>The table of cases that <c>tools/rating_cases.py</c> worked out from the contract, in exact fractions and without our code.</summary>
public sealed class RatingCaseTests
{
    private static readonly string[][] s_cases =
        [.. File.ReadLines(Path.Combine(Repository.Root, "tests/Portal.Domain.Tests/Rating/RatingCases.tsv")).Select(line => line.Split('\t'))];

    [Fact]
    public void Every_case_costs_what_was_worked_out_by_hand()
    {
        var wrong = s_cases.Select((fields, index) => Wrong(fields) is { } said ? $"line {index + 1}, {fields[5]}: {said}" : null).OfType<string>().ToList();
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {s_cases.Length} cases:{Environment.NewLine}{string.Join(Environment.NewLine, wrong.Take(20))}");
    }

    [Fact]
    public void There_are_hundreds_of_them_for_every_model_option_and_number_of_digits()
    {
        Assert.InRange(s_cases.Length, 300, 5_000);
        Assert.All(
            "flat per_unit graduated volume stairstep package percentage graduated_percentage included minimum maximum fixed freeEvents freeAmount minPerEvent maxPerEvent per".Split(' '),
            word => Assert.True(s_cases.Count(fields => fields[1].Contains($"\"{word}\"", StringComparison.Ordinal)) >= 5, word));
        Assert.Equal(["EUR", "JPY", "KWD", "USD"], s_cases.Select(fields => fields[0]).Distinct().Order());
    }

    private static string? Wrong(string[] fields)
    {
        var (currency, price, given, amount, rounded) = (fields[0], fields[1], fields[2], fields[3], fields[4]);
        var isOfEvents = price.Contains("\"percentage\"", StringComparison.Ordinal);
        var input = isOfEvents ? $"\"values\":[{string.Join(',', given.Split(';').Select(value => $"\"{value}\""))}]" : $"\"quantity\":\"{given}\"";
        using var request = JsonDocument.Parse($"{{\"currency\":\"{currency}\",\"price\":{price},{input}}}");
        var rated = RatingPreview.Of(request.RootElement);
        return (rated.Amount, rated.Rounded) == (amount, rounded) ? null : $"{price} of {given} is {amount}, rounded {rounded}; it was rated {rated.Amount}, rounded {rated.Rounded}";
    }
}
