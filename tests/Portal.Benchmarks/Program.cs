using System.Globalization;
using Portal.Benchmarks;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args)
{
    case ["ingest"]:
        await IngestBenchmark.Run();
        return 0;
    case ["load"]:
        await SteadyBenchmark.Run();
        return 0;
    case ["access"]:
        await AccessBenchmark.Run();
        return 0;
    case ["dashboard"]:
        await DashboardBenchmark.Run();
        return 0;
    case ["simulate"]:
        await SimulateBenchmark.Run();
        return 0;
    case ["spend"]:
        await SpendBenchmark.Run();
        return 0;
    case ["close"]:
        await CloseBenchmark.Run(customers: 2_000, months: 3);
        return 0;
    case ["close", var customers]:
        await CloseBenchmark.Run(int.Parse(customers, CultureInfo.InvariantCulture), months: 1);
        return 0;
    case ["plain-ef", var connectionString, var address]:
        await PlainEndpoint.Run(connectionString, address);
        return 0;
    case ["forecast", var series]:
        return await Score(ForecastScore.Run, series);
    case ["spikes", var series]:
        return await Score(SpikeScore.Run, series);
    default:
        await Console.Error.WriteLineAsync("Usage: dotnet run -c Release --project tests/Portal.Benchmarks -- ingest | load | access | dashboard | simulate | close [CUSTOMERS] | spend | forecast FILE.csv | spikes FILE.csv");
        return 1;
}

// Whoever reads the answer is a program: nothing but the answer goes to the standard output, and a sentence says what is wrong with a file.
static async Task<int> Score(Func<string, Task<int>> score, string path)
{
    try
    {
        return await score(path);
    }
    catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
    {
        await Console.Error.WriteLineAsync(failure.Message);
    }
    catch (Exception failure) when (failure is OverflowException or ArgumentOutOfRangeException)
    {
        await Console.Error.WriteLineAsync($"{path}: a value or a time is too large to reckon with.");
    }

    return 1;
}
