using System.Text;
using Softly.Tasks;
using Softly.Tokenization.Normalization;
using Softly.Tokenization.Splitting;

namespace Softly.Tokenization;

/// <summary>
/// Text to ids and back. Immutable and safe to use from several threads. Every string is accepted as text: an unpaired
/// surrogate counts as U+FFFD. Made by <see cref="TokenizerLoader"/> or from a list of words.
/// </summary>
public abstract class Tokenizer
{
    private readonly TokenizerDefinition _definition;
    private readonly AddedTokenFinder _original;
    private readonly AddedTokenFinder? _normalized;
    private readonly Dictionary<int, AddedToken> _addedById;
    private readonly Dictionary<string, int> _addedByContent;
    private readonly string?[] _entries;

    private protected Tokenizer(TokenizerDefinition definition)
    {
        _definition = definition;
        _addedById = definition.AddedTokens.ToDictionary(t => t.Id);
        _addedByContent = definition.AddedTokens.ToDictionary(t => t.Content, t => t.Id);
        _original = new AddedTokenFinder(definition.AddedTokens.Where(t => !t.IsNormalized).Select(t => (t.Content, t)));
        var normalized = definition.AddedTokens.Where(t => t.IsNormalized).Select(t => (Normalize(t.Content), t)).ToArray();
        if (normalized.Length > 0) _normalized = new AddedTokenFinder(normalized);
        _entries = new string?[definition.VocabularySize];
        foreach (var (entry, id) in definition.Vocabulary) _entries[id] = entry;
        foreach (var token in definition.AddedTokens) _entries[token.Id] = token.Content;
    }

    /// <summary>
    /// One above the highest id. A model's embedding may be larger (it is padded to a round size): the ids beyond have no text.
    /// </summary>
    public int VocabularySize => _entries.Length;

    /// <summary>
    /// The token called the beginning of a text; null where there is none. That it has a name does not mean that texts begin with
    /// it.
    /// </summary>
    public int? BeginToken => _definition.BeginToken;

    /// <summary>The tokens after which generation stops; the first is the one to train with.</summary>
    public IReadOnlyList<int> EndTokens => _definition.EndTokens;

    /// <summary>The token for unused positions; null where there is none.</summary>
    public int? PadToken => _definition.PadToken;

    /// <summary>How conversations become text; null where the model has no template.</summary>
    public ChatTemplate? Template => _definition.Template;

    /// <summary>Whether an id is a special token, which readers do not see.</summary>
    public bool IsSpecial(int id) => _addedById.TryGetValue(id, out var token) && token.IsSpecial;

    /// <summary>The ids of a text. Added tokens in it are recognised, special or not, the longest first.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="addSpecial">
    /// Adds what the tokenizer puts around every text (a begin token, if any), also where the text has it already. Texts that
    /// come from <see cref="Template"/> have it; use <see cref="EncodeChat"/> for these.
    /// </param>
    /// <exception cref="ArgumentException">A word is not in a closed vocabulary.</exception>
    public int[] Encode(string text, bool addSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>(text.Length / 3 + 4);
        if (addSpecial) ids.AddRange(_definition.Before);
        foreach (var (part, token) in Cut(text))
        {
            if (token is not null) ids.Add(token.Id);
            else EncodePlain(part, ids);
        }

        if (addSpecial) ids.AddRange(_definition.After);
        return [.. ids];
    }

    /// <summary>
    /// The positions of a text: what is fed to a model, one weighted set of ids a position. Only a closed vocabulary has
    /// positions with more than one id (<see cref="WordTokenizer"/>).
    /// </summary>
    public virtual IReadOnlyList<(int[] Ids, float[] Weights)> EncodeMixtures(string text) =>
        Array.ConvertAll(Encode(text), id => (new[] { id }, new[] { 1f }));

    /// <summary>
    /// The ids of a conversation rendered by <see cref="Template"/>. The begin token stands once, where the template puts it.
    /// </summary>
    /// <param name="messages">The turns.</param>
    /// <param name="addGenerationPrompt">Ends with the head of the assistant's turn.</param>
    /// <param name="variables">
    /// Further variables of the template, such as <c>enable_thinking</c>; see <see cref="ChatTemplate.Render"/>.
    /// </param>
    /// <param name="addSpecial">
    /// Adds what <see cref="Encode"/> adds, on top of the template: two begin tokens for Llama 3 and R1 models. Only to repeat
    /// runs of software that does so.
    /// </param>
    /// <param name="clock">For templates that print the date; the system's clock where null.</param>
    /// <exception cref="InvalidOperationException">There is no template.</exception>
    /// <exception cref="ChatTemplateException">The template refuses the conversation, or fails on it.</exception>
    public int[] EncodeChat(
        IReadOnlyList<Message> messages,
        bool addGenerationPrompt = true,
        IReadOnlyDictionary<string, object?>? variables = null,
        bool addSpecial = false,
        TimeProvider? clock = null)
    {
        var template = Template ?? throw new InvalidOperationException(
            "the tokenizer has no chat template; give one in tokenizer_config.json (chat_template) or as chat_template.jinja, "
            + "or use plain prompts");
        return Encode(template.Render(messages, addGenerationPrompt, variables, clock), addSpecial);
    }

    /// <summary>
    /// The text of ids. Incomplete characters become U+FFFD; ids without a token (see <see cref="VocabularySize"/>) become
    /// nothing.
    /// </summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecial">Leaves special tokens out.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative.</exception>
    public string Decode(IReadOnlyList<int> ids, bool skipSpecial = true)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var text = new StringBuilder();
        var decoder = StartDecoding(skipSpecial);
        foreach (var id in ids) text.Append(decoder.Push(id));
        return text.Append(decoder.Finish()).ToString();
    }

    /// <summary>A decoder that is fed ids one at a time.</summary>
    public abstract StreamingDecoder StartDecoding(bool skipSpecial = true);

    /// <summary>
    /// One token for display, such as a member of a soft thought. Not always valid to join: use <see cref="Decode"/> for texts.
    /// </summary>
    public abstract string TokenText(int id);

    /// <summary>The one token whose text is exactly this; null where there is none.</summary>
    public int? TokenId(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _addedByContent.TryGetValue(text, out var added) ? added
            : _definition.Vocabulary.TryGetValue(Entry(text), out var id) && !_addedById.ContainsKey(id) ? id : null;
    }

    /// <summary>
    /// Writes <c>tokenizer.json</c> and <c>tokenizer_config.json</c> (and <c>chat_template.jinja</c> and the older files of a
    /// vocabulary where they were there): the bytes that were read, or for vocabularies made otherwise an equivalent. A
    /// <c>generation_config.json</c> that named end tokens is written too, unless the folder has one.
    /// </summary>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, bytes) in _definition.Files)
        {
            var path = Path.Combine(folder, name);
            if (name == TokenizerLoader.GenerationFile && File.Exists(path)) continue;
            File.WriteAllBytes(path, bytes);
        }
    }

    /// <summary>The tokenizer and its chat template as metadata of a GGUF file (<c>tokenizer.ggml.*</c>).</summary>
    /// <param name="vocabularySize">Rows of the model's embedding; those without a token get a filler.</param>
    /// <param name="notes">Takes what GGUF cannot say of this tokenizer, in clauses for people.</param>
    /// <exception cref="InvalidDataException">
    /// GGUF has no place for it: it is no byte-level BPE, or cuts texts in a way that has no name there.
    /// </exception>
    public IReadOnlyDictionary<string, object> ToGguf(int vocabularySize, List<string> notes) =>
        Files.GgufTokenizerWriter.Metadata(_definition, vocabularySize, notes);

    /// <summary>The vocabulary's spelling of a text.</summary>
    private protected abstract string Entry(string text);

    /// <summary>Appends the ids of one part between added tokens and splits.</summary>
    private protected abstract void EncodePart(string text, Piece part, List<int> ids);

    private protected IReadOnlyDictionary<string, int> Vocabulary => _definition.Vocabulary;

    /// <summary>The vocabulary entry or added token of an id; null where the id has none.</summary>
    private protected string? EntryOf(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        return id < _entries.Length ? _entries[id] : null;
    }

    private protected bool IsAdded(int id) => _addedById.ContainsKey(id);

    /// <summary>Cuts a text at its added tokens, then what is between into the parts in which tokens are looked for.</summary>
    private protected IEnumerable<((string Text, Piece Piece) Part, AddedToken? Token)> Cut(string text)
    {
        text = WellFormed(text);
        foreach (var (part, token) in _original.Cut(text))
        {
            if (token is not null)
            {
                yield return (default, token);
                continue;
            }

            // Normalising needs the part alone: it must not reach across a token.
            var plain = _definition.Composes ? Normalize(text[part.Start..part.End]) : text;
            var range = _definition.Composes ? new Piece(0, plain.Length) : part;
            if (_normalized is null)
            {
                yield return ((plain, range), null);
                continue;
            }

            var within = plain[range.Start..range.End];
            foreach (var (inner, innerToken) in _normalized.Cut(within)) yield return ((within, inner), innerToken);
        }
    }

    private protected List<Piece> Parts(string text, Piece piece)
    {
        var parts = new List<Piece>();
        _definition.PreTokenizer.Split(text, piece, parts);
        return parts;
    }

    private void EncodePlain((string Text, Piece Piece) plain, List<int> ids)
    {
        foreach (var part in Parts(plain.Text, plain.Piece)) EncodePart(plain.Text, part, ids);
    }

    private string Normalize(string text) => _definition.Composes ? CanonicalComposition.Compose(text) : text;

    private static string WellFormed(string text)
    {
        for (var i = text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff'); i >= 0 && i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1])) i++;
            else return new string([.. text.EnumerateRunes().SelectMany(r => r.ToString())]);
        }

        return text;
    }
}
