using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using Softly.Tokenization.Splitting;

namespace Softly.Tokenization;

/// <summary>
/// Byte-level byte-pair encoding (Sennrich et al. 2016, on bytes as in GPT-2): a part of the text is taken as UTF-8 bytes, and
/// the adjacent pair with the lowest merge rank is joined until none is left. Decoding gives back the text that was encoded, up
/// to its normalisation and bytes that the vocabulary lacks.
/// </summary>
public sealed class BytePairTokenizer : Tokenizer
{
    private const int CachedWords = 1 << 16;
    private const int CachedWordLength = 64;

    private readonly BytePairMerges _merges;
    private readonly bool _ignoresMerges;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cacheBySpan;
    private int _cached;

    internal BytePairTokenizer(TokenizerDefinition definition)
        : base(definition)
    {
        _merges = new BytePairMerges(definition);
        _ignoresMerges = definition.IgnoresMerges;
        _cacheBySpan = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <inheritdoc/>
    public override StreamingDecoder StartDecoding(bool skipSpecial = true) => new Decoder(this, skipSpecial);

    /// <summary>The token's text; bytes that are no whole characters are written as <c>\xE2\x80</c>.</summary>
    public override string TokenText(int id)
    {
        if (BytesOf(id) is not { } bytes) return $"<unused {id}>";
        var text = new StringBuilder();
        for (ReadOnlySpan<byte> rest = bytes; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf8(rest, out var rune, out var taken) == OperationStatus.Done) text.Append(rune.ToString());
            else foreach (var value in rest[..taken]) text.Append($"\\x{value:X2}");
            rest = rest[taken..];
        }

        return text.ToString();
    }

    private protected override string Entry(string text) => ByteAlphabet.Spell(Encoding.UTF8.GetBytes(text));

    private protected override void EncodePart(string text, Piece part, List<int> ids)
    {
        var word = text.AsSpan(part.Start, part.Length);
        if (_cacheBySpan.TryGetValue(word, out var known))
        {
            ids.AddRange(known);
            return;
        }

        var found = Merge(word);
        ids.AddRange(found);
        if (word.Length > CachedWordLength) return;
        if (Interlocked.Increment(ref _cached) > CachedWords)
        {
            // Starting over is simpler than choosing what to drop, and the common words are back at once.
            _cache.Clear();
            Interlocked.Exchange(ref _cached, 1);
        }

        _cache.TryAdd(word.ToString(), found);
    }

    private int[] Merge(ReadOnlySpan<char> word)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, bytes);
        return _ignoresMerges && Vocabulary.TryGetValue(ByteAlphabet.Spell(bytes), out var whole)
            ? [whole]
            : _merges.Apply(bytes);
    }

    private byte[]? BytesOf(int id) =>
        EntryOf(id) is not { } entry ? null : IsAdded(id) ? Encoding.UTF8.GetBytes(entry) : ByteAlphabet.BytesOf(entry);

    private sealed class Decoder(BytePairTokenizer tokenizer, bool skipSpecial) : StreamingDecoder
    {
        private readonly System.Text.Decoder _utf8 = Encoding.UTF8.GetDecoder();

        public override string Push(int id) =>
            tokenizer.BytesOf(id) is { } bytes && !(skipSpecial && tokenizer.IsSpecial(id)) ? Text(bytes, last: false) : "";

        public override string Finish() => Text([], last: true);

        private string Text(byte[] bytes, bool last)
        {
            var text = new char[_utf8.GetCharCount(bytes, last)];
            return new string(text, 0, _utf8.GetChars(bytes, text, last));
        }
    }
}
