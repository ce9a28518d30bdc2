namespace Softly.Tokenization;

/// <summary>The merges of a byte-level vocabulary, by ids. Immutable.</summary>
internal sealed class BytePairMerges
{
    private const int Missing = -1;

    private readonly int[] _byteIds = new int[256];
    private readonly Dictionary<long, (int Rank, int Id)> _merges;
    private readonly int? _unknown;
    private readonly bool _fusesUnknown;

    /// <summary>Looks every part up; merges must have been checked against the vocabulary.</summary>
    public BytePairMerges(TokenizerDefinition definition)
    {
        var vocabulary = definition.Vocabulary;
        for (var value = 0; value < 256; value++)
            _byteIds[value] = vocabulary.GetValueOrDefault(ByteAlphabet.CharacterOf((byte)value).ToString(), Missing);
        _unknown = definition.Unknown is { } unknown ? vocabulary[unknown] : null;
        _fusesUnknown = definition.FusesUnknown;
        var merges = definition.Merges!;
        _merges = new Dictionary<long, (int, int)>(merges.Count);
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var (left, right) = merges[rank];
            _merges[Key(vocabulary[left], vocabulary[right])] = (rank, vocabulary[left + right]);
        }
    }

    /// <summary>
    /// The ids of a word's bytes after all merges: always the pair of lowest rank, the leftmost of equals. Time n log n. A byte
    /// that the vocabulary lacks becomes the unknown token, or nothing where there is none, as in the original tokenizers.
    /// </summary>
    public int[] Apply(ReadOnlySpan<byte> bytes)
    {
        var ids = new int[bytes.Length];
        var count = Symbols(bytes, ids);
        if (count < 2) return ids[..count];

        // A doubly linked list over the symbols, and all mergeable pairs in a queue; a queued pair is stale once either side
        // changed.
        var previous = new int[count];
        var next = new int[count];
        var queue = new PriorityQueue<(int At, int Left, int Right, int Id), long>(count);
        for (var at = 0; at < count; at++)
        {
            previous[at] = at - 1;
            next[at] = at + 1 < count ? at + 1 : -1;
            if (at > 0) Offer(at - 1, at);
        }

        while (queue.TryDequeue(out var pair, out _))
        {
            var right = next[pair.At];
            if (right < 0 || ids[pair.At] != pair.Left || ids[right] != pair.Right) continue;
            ids[pair.At] = pair.Id;
            ids[right] = Missing;
            next[pair.At] = next[right];
            next[right] = -1;
            if (next[pair.At] >= 0)
            {
                previous[next[pair.At]] = pair.At;
                Offer(pair.At, next[pair.At]);
            }

            if (previous[pair.At] >= 0) Offer(previous[pair.At], pair.At);
        }

        var kept = 0;
        for (var at = 0; at >= 0; at = next[at]) ids[kept++] = ids[at];
        return ids[..kept];

        void Offer(int left, int right)
        {
            if (_merges.TryGetValue(Key(ids[left], ids[right]), out var merge))
                queue.Enqueue((left, ids[left], ids[right], merge.Id), ((long)merge.Rank << 32) | (uint)left);
        }
    }

    private int Symbols(ReadOnlySpan<byte> bytes, int[] ids)
    {
        var count = 0;
        var wasUnknown = false;
        foreach (var value in bytes)
        {
            var isUnknown = _byteIds[value] == Missing;
            if (!isUnknown) ids[count++] = _byteIds[value];
            else if (_unknown is { } unknown && !(wasUnknown && _fusesUnknown)) ids[count++] = unknown;
            wasUnknown = isUnknown;
        }

        return count;
    }

    private static long Key(int left, int right) => ((long)left << 32) | (uint)right;
}
