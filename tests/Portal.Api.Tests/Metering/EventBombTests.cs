using System.Net;
using static Portal.Api.Tests.Metering.MeteringApi;

namespace Portal.Api.Tests.Metering;

/// <summary>Runs when nothing else does: what is allocated is counted for the whole process.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneInTheProcess
{
    /// <summary>The name of the collection.</summary>
    public const string Name = "alone in the process";
}

/// <summary>T-44: a body that is small on the line and huge when it is unpacked costs little memory.</summary>
[Collection(AloneInTheProcess.Name)]
public sealed class EventBombTests(MeteringApi metering) : IClassFixture<MeteringApi>
{
    private const string Plain = "application/json";
    private const string Lines = "application/x-ndjson";

    private const int MiB = 1024 * 1024;

    [Theory]
    [InlineData(Plain, '[')]
    [InlineData(Plain, '\0')]
    [InlineData(Lines, '\0')]
    [InlineData(Lines, '\n')]
    public async Task T44_a_bomb_of_gzip_costs_little_memory(string type, char content)
    {
        var bytes = new byte[300 * MiB];
        bytes.AsSpan().Fill((byte)content);
        var bomb = Gzip(bytes);
        var before = GC.GetTotalAllocatedBytes();
        var answer = await metering.Post(bomb, type, "gzip");
        Assert.Equal(content == '\n' ? HttpStatusCode.OK : HttpStatusCode.RequestEntityTooLarge, answer.Status);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 200 * MiB);
    }
}
