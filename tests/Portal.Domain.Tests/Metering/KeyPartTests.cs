using System.Buffers.Binary;
using Portal.Domain.Metering;

namespace Portal.Domain.Tests.Metering;

public sealed class KeyPartTests(MeteringSystem system) : IClassFixture<MeteringSystem>
{
    [Fact]
    public async Task The_part_of_a_key_is_the_one_that_PostgreSQL_puts_it_in()
    {
        var random = new Random(7);
        var wrong = 0L;
        for (var i = 0; i < 500; i++)
        {
            var bytes = new byte[16];
            random.NextBytes(bytes);
            var customer = i % 3 == 0 ? random.Next(10) : random.Next(int.MinValue, int.MaxValue);
            var part = KeyPart.Of(customer, BinaryPrimitives.ReadUInt128BigEndian(bytes));
            wrong += await system.Scalar<bool>("SELECT satisfies_hash_partition('event_keys'::regclass, $1, $2, $3::int, $4::uuid)",
                KeyPart.Count, part, customer, new Guid(bytes, bigEndian: true)) ? 0 : 1;
        }

        Assert.Equal(0, wrong);
    }
}
