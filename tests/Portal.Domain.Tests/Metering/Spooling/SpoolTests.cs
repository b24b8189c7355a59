using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Portal.Domain.Accounts;
using Portal.Domain.Metering;
using Portal.Domain.Metering.Spooling;
using Portal.Domain.Storage;
using static Portal.Domain.Tests.Metering.MeteringSystem;

namespace Portal.Domain.Tests.Metering.Spooling;

/// <summary>The spool as files: what is taken is found again whole, whatever a crash or a disk did to the end or the middle.</summary>
public sealed class SpoolTests(MeteringSystem system) : IClassFixture<MeteringSystem>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("portal-spool-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_is_taken_reads_back_as_it_was_checked()
    {
        var customer = await system.Customer();
        var batch = Read($$"""{"id":"ü1","customer":"{{customer.Key}}","type":"llm","properties":{"tokens":1} }""", Event(customer, "b", 7), $$"""{"id":"c","customer":"{{customer.Key}}","type":"nobody reads this","properties":{"x":"y"} }""");
        var record = SpoolRecord.Encode(batch, _ => Encoding.UTF8.GetBytes(customer.Key), Start);

        var piece = Assert.Single(SpoolScan.Pieces(record, isLast: true));
        Assert.Equal((SpoolPieceKind.Record, 3, batch.ReceivedAt), (piece.Kind, piece.Head!.Value.Events, piece.Head.Value.ReceivedAt));
        var events = SpoolRecord.Events(record);
        Assert.Equal(["ü1", "b", "c"], events.Select(item => Encoding.UTF8.GetString(item.Id.Span)));
        Assert.Equal([SpooledKind.Event, SpooledKind.Event, SpooledKind.Unknown], events.Select(item => item.Kind));
        Assert.Equal(batch.Events.Select(item => item.ContentHash), events.Take(2).Select(item => item.ContentHash));
        Assert.Equal("""{"x":"y"}""", Encoding.UTF8.GetString(events[2].Properties.Span));
    }

    [Fact]
    public async Task Wherever_one_bit_is_flipped_one_record_is_damaged_and_the_others_stand()
    {
        var customer = await system.Customer();
        var records = Enumerable.Range(0, 3).Select(n => SpoolRecord.Encode(Read(Event(customer, $"e{n}", n)), _ => Encoding.UTF8.GetBytes(customer.Key), Start)).ToList();
        var whole = records.SelectMany(record => record).ToArray();
        for (var bit = 0; bit < records[1].Length * 8; bit++)
        {
            var bytes = (byte[])whole.Clone();
            bytes[records[0].Length + (bit / 8)] ^= (byte)(1 << (bit % 8));
            var pieces = SpoolScan.Pieces(bytes, isLast: true);

            Assert.Equal([SpoolPieceKind.Record, SpoolPieceKind.Damaged, SpoolPieceKind.Record], pieces.Select(piece => piece.Kind));
            Assert.Equal((records[0].Length, records[1].Length), (pieces[1].Start, pieces[1].Length));
        }
    }

    [Fact]
    public async Task Wherever_a_write_is_cut_off_what_was_acknowledged_stands_and_the_rest_is_torn()
    {
        var customer = await system.Customer();
        var record = SpoolRecord.Encode(Read(Event(customer, "e", 1)), _ => Encoding.UTF8.GetBytes(customer.Key), Start);
        for (var length = 1; length < record.Length; length++)
        {
            byte[] bytes = [.. record, .. record[..length]];
            Assert.Equal([SpoolPieceKind.Record, SpoolPieceKind.Torn], SpoolScan.Pieces(bytes, isLast: true).Select(piece => piece.Kind));

            // In the middle of the spool nothing is written any more: there it is a loss.
            Assert.Equal(SpoolPieceKind.Damaged, SpoolScan.Pieces(bytes, isLast: false)[1].Kind);
        }

        Assert.Equal(SpoolPieceKind.Torn, SpoolScan.Pieces([.. record, .. new byte[5_000]], isLast: true)[1].Kind);
    }

    [Fact]
    public async Task One_process_owns_a_folder_and_the_next_one_finds_what_it_took()
    {
        var customer = await system.Customer();
        using (var first = Spool())
        {
            Assert.True(first.TryOpen());
            var batches = Enumerable.Range(0, 40).Select(n => Read(Event(customer, $"own{n}", n), Event(customer, $"own{n}b", n))).ToList();
            Assert.All(await Task.WhenAll(batches.Select(first.Append)), Assert.True);
            Assert.All(batches, batch => Assert.Equal((2, 0), (batch.Accepted, batch.Duplicates)));
            Assert.Equal(80, first.Events);

            using var second = Spool();
            Assert.False(second.TryOpen());
            Assert.False(await second.Append(Read(Event(customer, "x"))));
            Assert.False(second.CanTake());
        }

        using var third = Spool();
        Assert.True(third.TryOpen());
        Assert.Equal((80, true), (third.Events, third.CanTake()));
        var segment = third.First()!;
        Assert.Equal(40, SpoolScan.Pieces(segment.Read(0), isLast: true).Count(piece => piece.Kind == SpoolPieceKind.Record));
        Assert.False(third.Retire(segment, 1));
        Assert.True(third.Retire(segment, segment.Length));
        Assert.Equal((true, 0L), (third.IsEmpty, third.Bytes));
        Assert.Empty(Directory.GetFiles(third.Folder, "*.spool"));
    }

    [Fact]
    public async Task A_spool_that_holds_as_much_as_it_may_or_for_as_long_refuses()
    {
        var customer = await system.Customer();
        using (var small = Spool(new SpoolOptions { BytesMax = 400 }))
        {
            Assert.True(small.TryOpen());
            Assert.True(await small.Append(Read(Event(customer, "s1"))));
            Assert.True(await small.Append(Read(Event(customer, "s2"))));
            Assert.False(await small.Append(Read(Enumerable.Range(0, 5).Select(n => Event(customer, $"s3{n}")).ToArray())));
        }

        using var old = Spool(new SpoolOptions { DaysMax = 0 });
        Assert.True(old.TryOpen());
        Assert.False(await old.Append(Read(Event(customer, "s4"))));
        Assert.Contains("DaysMax", old.Trouble, StringComparison.Ordinal);
    }

    private EventSpool Spool(SpoolOptions? spool = null) => new(
        new PortalOptions { DataFolder = _folder, Ingest = { Spool = spool ?? new SpoolOptions() } }, system.Register, TimeProvider.System, NullLogger<EventSpool>.Instance);

    private EventBatch Read(params string[] events)
    {
        var batch = system.Intake.NewBatch();
        Assert.True(system.Intake.Parser(Actor.System).Read(EventFormat.Plain, Encoding.UTF8.GetBytes($"[{string.Join(',', events)}]"), batch));
        return batch;
    }
}
