using Softly.Models.Weights;
using Softly.Tokenization;

namespace Softly.Cli;

/// <summary>The tokenizer that belongs to a model's files.</summary>
internal static class Tokenizers
{
    /// <summary>That of a folder, of a GGUF file's metadata, or of the model that an adapter without one of its own changes.</summary>
    public static Tokenizer Of(string path, PretrainedWeights weights)
    {
        if (AdapterConfig.IsIn(path) && !File.Exists(Path.Combine(path, "tokenizer.json")))
            return Of(AdapterConfig.FindBase(path), weights);
        return Directory.Exists(path) ? TokenizerLoader.FromFolder(path) : TokenizerLoader.FromGguf(weights.Metadata!);
    }
}
