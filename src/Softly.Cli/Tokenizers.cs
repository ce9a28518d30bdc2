using Softly.Models.Weights;
using Softly.Tokenization;

namespace Softly.Cli;

/// <summary>The tokenizer that belongs to a model's files.</summary>
internal static class Tokenizers
{
    /// <summary>That of a folder, of a GGUF file's metadata, or of the model that an adapter without one of its own changes.</summary>
    public static Tokenizer Of(string path, PretrainedWeights weights) => Folders(path) is [var folder, ..]
        ? TokenizerLoader.FromFolder(folder)
        : TokenizerLoader.FromGguf(weights.Metadata!);

    /// <summary>
    /// The folders with files of a model's tokenizer, the one that counts first: an adapter's own before its model's. None where
    /// a GGUF file alone has one.
    /// </summary>
    public static IReadOnlyList<string> Folders(string path)
    {
        if (!AdapterConfig.IsIn(path)) return Directory.Exists(path) ? [path] : [];
        var model = Folders(AdapterConfig.FindBase(path, ModelName.Find));
        return File.Exists(Path.Combine(path, "tokenizer.json")) ? [path, .. model] : model;
    }
}
