using Softly.Tasks;
using Softly.Tokenization.Files;
using Softly.Tokenization.Splitting;

namespace Softly.Tokenization;

/// <summary>
/// A closed vocabulary of words separated by blanks. A word that it does not have is an error, never an unknown token: in the
/// tasks that use it such a word is a mistake. Texts are read back with one blank between words.
/// </summary>
public sealed class WordTokenizer : Tokenizer
{
    /// <summary>The word that fills unused positions, where the list has it.</summary>
    public const string Pad = "<pad>";

    /// <summary>The word that ends a text, where the list has it.</summary>
    public const string End = "<end>";

    internal WordTokenizer(TokenizerDefinition definition)
        : base(definition)
    {
    }

    /// <summary>A vocabulary of the words, in id order. <c>&lt;pad&gt;</c> and <c>&lt;end&gt;</c> are special tokens.</summary>
    /// <exception cref="ArgumentException">A word is empty, holds white space, or occurs twice.</exception>
    public WordTokenizer(IReadOnlyList<string> words)
        : base(TokenizerLoader.Read(TokenizerFiles.OfWords(words)))
    {
    }

    /// <summary>
    /// As <see cref="Tokenizer.Encode"/>, but a word <c>a&amp;b</c> that is not in the vocabulary while its parts are stands for
    /// one position that holds both in equal shares (any number of parts; a part named twice counts twice).
    /// </summary>
    /// <exception cref="ArgumentException">A word or part is not in the vocabulary.</exception>
    public override IReadOnlyList<(int[] Ids, float[] Weights)> EncodeMixtures(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var positions = new List<(int[], float[])>();
        foreach (var (plain, token) in Cut(text))
        {
            if (token is not null)
            {
                positions.Add(([token.Id], [1f]));
                continue;
            }

            foreach (var part in Parts(plain.Text, plain.Piece)) positions.Add(Mixture(plain.Text[part.Start..part.End]));
        }

        return positions;
    }

    /// <inheritdoc/>
    public override StreamingDecoder StartDecoding(bool skipSpecial = true) => new Decoder(this, skipSpecial);

    /// <inheritdoc/>
    public override string TokenText(int id) => EntryOf(id) ?? $"<unused {id}>";

    private protected override string Entry(string text) => text;

    private protected override void EncodePart(string text, Piece part, List<int> ids)
    {
        var word = text[part.Start..part.End];
        ids.Add(Vocabulary.TryGetValue(word, out var id) ? id : throw Unknown(word));
    }

    private (int[] Ids, float[] Weights) Mixture(string word)
    {
        if (Vocabulary.TryGetValue(word, out var whole)) return ([whole], [1f]);
        var parts = word.Split('&');
        if (parts.Length < 2 || parts.Any(p => p.Length == 0)) throw Unknown(word);
        var shares = parts
            .Select(part => Vocabulary.TryGetValue(part, out var id) ? id : throw Unknown(part, word))
            .CountBy(id => id)
            .ToArray();
        return (Array.ConvertAll(shares, s => s.Key), Array.ConvertAll(shares, s => s.Value / (float)parts.Length));
    }

    private ArgumentException Unknown(string word, string? mixture = null)
    {
        var place = mixture is null ? "" : $" (in the mixture '{mixture}')";
        var nearest = NearestName.Of(word, Vocabulary.Keys) is { } near ? $"; the nearest is '{near}'" : "";
        return new ArgumentException($"the word '{word}'{place} is not in the vocabulary of {Vocabulary.Count} words{nearest}");
    }

    private sealed class Decoder(WordTokenizer tokenizer, bool skipSpecial) : StreamingDecoder
    {
        private bool _begun;

        public override string Push(int id)
        {
            if (tokenizer.EntryOf(id) is not { } word || (skipSpecial && tokenizer.IsSpecial(id))) return "";
            var text = _begun ? " " + word : word;
            _begun = true;
            return text;
        }

        public override string Finish()
        {
            _begun = false;
            return "";
        }
    }
}
