using Softly.Models.Weights;
using Softly.Tokenization;

namespace Softly.Cli.Tokens;

/// <summary>The tokenizer of whatever a user points at; weights need not be there.</summary>
internal static class TokenizerSource
{
    /// <summary>
    /// From a folder with tokenizer.json, a .gguf file, a run's folder (its newest checkpoint) or a fetched model.
    /// </summary>
    /// <exception cref="UserError">It is nothing of the kind; the message lists what was expected.</exception>
    public static Tokenizer Load(string given)
    {
        var path = ModelName.Resolve(given);
        if (File.Exists(path))
        {
            if (!path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
                throw new UserError($"{path}: expected a folder with tokenizer.json, or a .gguf file");
            using var file = new GgufFile(path);
            return TokenizerLoader.FromGguf(file.Metadata);
        }
        if (!Directory.Exists(path))
            throw new UserError($"{given}: there is no such file or folder; expected a folder with tokenizer.json, "
                + "a .gguf file, a run's folder or a model that softly pull has fetched (org/name)");
        path = Source.Weights(path);
        if (Tokenizers.Folders(path) is [var folder, ..]) return TokenizerLoader.FromFolder(folder);
        return Load(AdapterConfig.FindBase(path, ModelName.Find)); // an adapter on a .gguf file
    }
}
