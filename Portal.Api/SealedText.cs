using System.Security.Cryptography;
using System.Text;

namespace Portal.Api;

/// <summary>Text that only the holder of a secret can read (AES-GCM with a key derived from the secret).</summary>
internal static class SealedText
{
    private static readonly int s_nonceLength = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int s_tagLength = AesGcm.TagByteSizes.MaxSize;

    /// <summary>Seals a text; the purpose has to be given again to open it.</summary>
    public static string Seal(string text, string secret, string purpose)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var box = new byte[s_nonceLength + s_tagLength + plain.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, s_nonceLength));
        using var cipher = Cipher(secret, purpose);
        cipher.Encrypt(box.AsSpan(0, s_nonceLength), plain, box.AsSpan(s_nonceLength + s_tagLength), box.AsSpan(s_nonceLength, s_tagLength));
        return Convert.ToBase64String(box);
    }

    /// <summary>Opens what was sealed with the same secret and purpose.</summary>
    /// <exception cref="CryptographicException">Where it was sealed with others, or changed since.</exception>
    public static string Open(string text, string secret, string purpose)
    {
        var box = Convert.FromBase64String(text);
        var plain = new byte[box.Length - s_nonceLength - s_tagLength];
        using var cipher = Cipher(secret, purpose);
        cipher.Decrypt(box.AsSpan(0, s_nonceLength), box.AsSpan(s_nonceLength + s_tagLength), box.AsSpan(s_nonceLength, s_tagLength), plain);
        return Encoding.UTF8.GetString(plain);
    }

    private static AesGcm Cipher(string secret, string purpose) => new(
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret), 32, info: Encoding.UTF8.GetBytes(purpose)), s_tagLength);
}
