using System.Buffers.Binary;

namespace Portal.Domain.Metering;

/// <summary>
/// The part of <c>event_keys</c> that a key belongs to. PostgreSQL decides that by itself; it is computed here as well because COPY fills part after
/// part: only who sends the keys in the parts' order takes them in the order in which everybody takes them.
/// </summary>
/// <remarks>The arithmetic is that of PostgreSQL's hash partitioning (hashfn.c, partbounds.c), which cannot change without a dump and restore.</remarks>
internal static class KeyPart
{
    /// <summary>How many parts there are.</summary>
    public const int Count = 8;

    private const ulong Seed = 0x7A5B22367996DCFD;

    /// <summary>The part of a customer's key, from 0.</summary>
    public static int Of(int customerId, UInt128 idHash) => (int)(Combine(Combine(0, Hash(customerId)), Hash(idHash)) % Count);

    private static ulong Combine(ulong left, ulong right) => left ^ unchecked(right + 0x49a0f4dd15e5a8e3 + (left << 54) + (left >> 7));

    private static ulong Hash(int value)
    {
        var (a, b, c) = Seeded(sizeof(int));
        a += unchecked((uint)value);
        return Final(a, b, c);
    }

    private static ulong Hash(UInt128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        var (a, b, c) = Seeded(bytes.Length);
        a += BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        b += BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        c += BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        Mix(ref a, ref b, ref c);
        a += BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        return Final(a, b, c);
    }

    private static (uint A, uint B, uint C) Seeded(int length)
    {
        var start = 0x9e3779b9 + (uint)length + 3923095;
        var (a, b, c) = (start + (uint)(Seed >> 32), unchecked(start + (uint)Seed), start);
        Mix(ref a, ref b, ref c);
        return (a, b, c);
    }

    private static void Mix(ref uint a, ref uint b, ref uint c)
    {
        a -= c; a ^= uint.RotateLeft(c, 4); c += b;
        b -= a; b ^= uint.RotateLeft(a, 6); a += c;
        c -= b; c ^= uint.RotateLeft(b, 8); b += a;
        a -= c; a ^= uint.RotateLeft(c, 16); c += b;
        b -= a; b ^= uint.RotateLeft(a, 19); a += c;
        c -= b; c ^= uint.RotateLeft(b, 4); b += a;
    }

    private static ulong Final(uint a, uint b, uint c)
    {
        c ^= b; c -= uint.RotateLeft(b, 14);
        a ^= c; a -= uint.RotateLeft(c, 11);
        b ^= a; b -= uint.RotateLeft(a, 25);
        c ^= b; c -= uint.RotateLeft(b, 16);
        a ^= c; a -= uint.RotateLeft(c, 4);
        b ^= a; b -= uint.RotateLeft(a, 14);
        c ^= b; c -= uint.RotateLeft(b, 24);
        return ((ulong)b << 32) | c;
    }
}
