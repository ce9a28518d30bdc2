namespace Softly.Tasks;

/// <summary>Hashes that are the same on every machine and in every version: splits and orders rest on them.</summary>
public static class StableHash
{
    /// <summary>FNV-1a over the text's UTF-16 units, then SplitMix64's finaliser, 64 bits.</summary>
    public static ulong Of(string text, ulong seed = 0)
    {
        var hash = 14695981039346656037UL ^ seed;
        foreach (var c in text) hash = (hash ^ c) * 1099511628211UL;
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EB;
        return hash ^ (hash >> 31);
    }
}
