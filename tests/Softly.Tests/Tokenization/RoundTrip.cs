using CsCheck;
using Softly.Tokenization;
using Softly.Tokenization.Normalization;

namespace Softly.Tests.Tokenization;

/// <summary>Texts of any characters become ids and come back, at once and streamed.</summary>
internal static class RoundTrip
{
    private static readonly string[] Marks = ["\u0301", "\u0308", "\u200d", "\ufe0f", "\u0345", "\u3099", "\u1161", "\u11a8"];

    /// <param name="tokenizer">Which.</param>
    /// <param name="composes">Texts are composed before they are encoded: their composed form (NFC) comes back.</param>
    /// <param name="count">How many texts.</param>
    /// <param name="highest">The last character that the vocabulary has all bytes of.</param>
    public static void Check(Tokenizer tokenizer, bool composes, int count, int highest = 0x10ffff)
    {
        var added = Enumerable.Range(0, tokenizer.VocabularySize).Where(tokenizer.IsSpecial)
            .Select(tokenizer.TokenText).ToArray();
        var rune = Gen.OneOf(
            Gen.Char[' ', '~'].Select(c => c.ToString()),
            One("\n", "\r\n", "\t", "  ", "\u00a0", "\u3000", "'s", "'LL", "123", "\u0000", "\ufffd"),
            Gen.Int[0x80, 0x2fff].Select(c => char.ConvertFromUtf32(c)),
            Gen.Int[0x3040, 0xd7ff].Select(c => char.ConvertFromUtf32(c)),
            Gen.Int[0xe000, highest].Select(c => char.ConvertFromUtf32(c)),
            Gen.Int[0x1f300, 0x1faff].Select(c => char.ConvertFromUtf32(c)),
            One(Marks));
        // An added token cuts the text: what is on its two sides is composed apart.
        var part = rune.Array[0, 24].Select(string.Concat);
        var texts = added.Length == 0
            ? part.Select(p => new[] { p })
            : Gen.Select(part, One(added), part, (before, token, after) => new[] { before, token, after });
        Gen.OneOf(part.Select(p => new[] { p }), texts).Sample(
            parts =>
            {
                var expected = composes ? string.Concat(parts.Select(CanonicalComposition.Compose)) : string.Concat(parts);
                var ids = tokenizer.Encode(string.Concat(parts));
                var decoder = tokenizer.StartDecoding(skipSpecial: false);
                var pieces = ids.Select(decoder.Push).Append(decoder.Finish()).ToList();
                return tokenizer.Decode(ids, skipSpecial: false) == expected && string.Concat(pieces) == expected
                    && pieces.TrueForAll(p => !p.Contains('\ufffd') || expected.Contains('\ufffd'));
            }, iter: count, threads: 1);
    }

    private static Gen<string> One(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);
}
