using Softly.Tokenization.Files;

namespace Softly.Tokenization;

/// <summary>
/// Makes tokenizers from files. What is in a file is checked once, here; a file that is broken, or asks for something that is not
/// supported, is refused with one <see cref="InvalidDataException"/> that names the file and the key.
/// </summary>
public static class TokenizerLoader
{
    internal const int LargestVocabulary = 1 << 22;
    internal const string MainFile = "tokenizer.json";
    internal const string ConfigFile = "tokenizer_config.json";
    internal const string TemplateFile = "chat_template.jinja";
    internal const string GenerationFile = "generation_config.json";

    /// <summary>
    /// Files that say again what is in the others, in forms that older software reads: kept and written again, not read.
    /// </summary>
    private static readonly string[] OlderFiles = ["special_tokens_map.json", "vocab.json", "merges.txt", "added_tokens.json"];

    private const int LargestFile = 256 << 20;

    /// <summary>The files of a model folder that are a tokenizer's, and generation_config.json.</summary>
    public static IReadOnlyList<string> FileNames { get; } = [MainFile, ConfigFile, TemplateFile, GenerationFile, .. OlderFiles];

    /// <summary>
    /// The tokenizer of a model folder as Hugging Face lays it out: <c>tokenizer.json</c>, and where there
    /// <c>tokenizer_config.json</c> (roles of tokens, template), <c>chat_template.jinja</c> (which wins over the template there)
    /// and <c>generation_config.json</c> (further end tokens).
    /// </summary>
    /// <exception cref="FileNotFoundException">There is no tokenizer.json.</exception>
    /// <exception cref="InvalidDataException">A file is broken or asks for something unsupported.</exception>
    public static Tokenizer FromFolder(string path)
    {
        var files = new Dictionary<string, byte[]>();
        foreach (var name in FileNames)
        {
            var file = Path.Combine(path, name);
            if (!File.Exists(file)) continue;
            if (FileLength.Of(file) > LargestFile) throw new InvalidDataException($"{file}: larger than {LargestFile >> 20} MiB");
            files.Add(name, File.ReadAllBytes(file));
        }

        return files.ContainsKey(MainFile)
            ? Make(Read(files, path + Path.DirectorySeparatorChar))
            : throw new FileNotFoundException($"{Path.Combine(path, MainFile)} is missing", Path.Combine(path, MainFile));
    }

    /// <summary>
    /// Copies the files of a tokenizer, and generation_config.json, from one model folder to another: byte for byte, whatever
    /// they say.
    /// </summary>
    /// <returns>The names of the files that were there.</returns>
    public static IReadOnlyList<string> CopyFiles(string from, string to)
    {
        Directory.CreateDirectory(to);
        string[] there = [.. FileNames.Where(name => File.Exists(Path.Combine(from, name)))];
        foreach (var name in there) File.WriteAllBytes(Path.Combine(to, name), File.ReadAllBytes(Path.Combine(from, name)));
        return there;
    }

    /// <summary>The tokenizer in the metadata of a GGUF file (<c>tokenizer.ggml.model</c> gpt2: byte-level BPE).</summary>
    /// <param name="metadata">Plain .NET values by key: strings, integers, booleans, and arrays of these.</param>
    /// <exception cref="InvalidDataException">A key is missing, broken or asks for something unsupported.</exception>
    public static Tokenizer FromGguf(IReadOnlyDictionary<string, object> metadata) =>
        Make(Read(GgufTokenizer.Files(metadata), "GGUF metadata: "));

    internal static TokenizerDefinition Read(IReadOnlyDictionary<string, byte[]> files, string source = "")
    {
        var definition = TokenizerJson.Read(JsonField.Parse(source + MainFile, files[MainFile]));
        return TokenizerConfigJson.Apply(definition, source, files);
    }

    private static Tokenizer Make(TokenizerDefinition definition) =>
        definition.Merges is null ? new WordTokenizer(definition) : new BytePairTokenizer(definition);
}
