using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Softly.Hub;

/// <summary>A checksum in the making.</summary>
internal sealed class ContentHash : IDisposable
{
    private readonly IncrementalHash _hash;
    private readonly byte[] _head;

    /// <param name="isGit">Git's blob SHA-1 rather than SHA-256.</param>
    /// <param name="size">The whole content's length, which git's begins with.</param>
    [SuppressMessage("Security", "CA5350", Justification = "git's own checksum; nothing is proved against an adversary with it")]
    public ContentHash(bool isGit, long size)
    {
        _hash = IncrementalHash.CreateHash(isGit ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
        _head = isGit ? Encoding.ASCII.GetBytes($"blob {size}\0") : [];
        _hash.AppendData(_head);
    }

    public void Add(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <summary>Forgets what was added.</summary>
    public void Restart()
    {
        _hash.GetHashAndReset();
        _hash.AppendData(_head);
    }

    /// <summary>The digest in lower case; what is added then is lost.</summary>
    public string Hex() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();
}
