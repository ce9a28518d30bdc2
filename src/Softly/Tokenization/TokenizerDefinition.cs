using Softly.Tokenization.Splitting;

namespace Softly.Tokenization;

/// <summary>
/// What a tokenizer is made of, checked: every id below <see cref="VocabularySize"/>, no two tokens with one id.
/// </summary>
internal sealed record TokenizerDefinition
{
    /// <summary>Entries of the model's vocabulary, in the model's spelling.</summary>
    public required Dictionary<string, int> Vocabulary { get; init; }

    /// <summary>Tokens recognised before anything else.</summary>
    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>One above the highest id of both.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>How texts are cut before tokens are looked for.</summary>
    public required IPreTokenizer PreTokenizer { get; init; }

    /// <summary>Texts are brought to Unicode's composed form first.</summary>
    public bool Composes { get; init; }

    /// <summary>Ids put before a text on demand.</summary>
    public IReadOnlyList<int> Before { get; init; } = [];

    /// <summary>Ids put after a text on demand.</summary>
    public IReadOnlyList<int> After { get; init; } = [];

    /// <summary>Byte-pair merges in order of rank; null for a vocabulary of words.</summary>
    public IReadOnlyList<(string Left, string Right)>? Merges { get; init; }

    /// <summary>A part that is an entry as a whole is taken without merging.</summary>
    public bool IgnoresMerges { get; init; }

    /// <summary>The entry for what the vocabulary lacks; null where there is none.</summary>
    public string? Unknown { get; init; }

    /// <summary>Runs of unknown bytes become one unknown token.</summary>
    public bool FusesUnknown { get; init; }

    /// <summary>See <see cref="Tokenizer.BeginToken"/>.</summary>
    public int? BeginToken { get; init; }

    /// <summary>See <see cref="Tokenizer.EndTokens"/>.</summary>
    public IReadOnlyList<int> EndTokens { get; init; } = [];

    /// <summary>See <see cref="Tokenizer.PadToken"/>.</summary>
    public int? PadToken { get; init; }

    /// <summary>See <see cref="Tokenizer.Template"/>.</summary>
    public ChatTemplate? Template { get; init; }

    /// <summary>The files that <see cref="Tokenizer.Save"/> writes, by name.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; init; } = new Dictionary<string, byte[]>();
}
