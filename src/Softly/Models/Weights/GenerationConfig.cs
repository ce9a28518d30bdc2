using System.Text.Json.Nodes;

namespace Softly.Models.Weights;

/// <summary>
/// The tokens that generation_config.json names. Its settings of sampling are not read: they belong to whoever samples.
/// </summary>
/// <param name="BeginToken">The token put in front of texts; null where the file does not say.</param>
/// <param name="EndTokens">The tokens that end a text; null where the file does not say.</param>
/// <param name="PadToken">The token that fills unused positions; null where the file does not say.</param>
public sealed record GenerationConfig(int? BeginToken, IReadOnlyList<int>? EndTokens, int? PadToken)
{
    private const string FileName = "generation_config.json";

    /// <summary>Reads the file of a folder; null where there is none.</summary>
    /// <exception cref="InvalidDataException">The file is malformed.</exception>
    public static GenerationConfig? TryRead(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        var fields = ConfigFields.ReadFile(path);
        var config = new GenerationConfig(
            fields.Token("bos_token_id"), fields.Tokens("eos_token_id"), fields.Token("pad_token_id"));
        fields.ThrowIfAny();
        return config;
    }

    /// <summary>Whether a folder has the file.</summary>
    internal static bool IsIn(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>The tokens of a model.</summary>
    public static GenerationConfig Of(DecoderConfig decoder) => new(decoder.BeginToken, decoder.EndTokens, decoder.PadToken);

    /// <summary>A model's configuration with these tokens where they are given.</summary>
    public DecoderConfig Over(DecoderConfig decoder) => decoder with
    {
        BeginToken = BeginToken ?? decoder.BeginToken,
        EndTokens = EndTokens ?? decoder.EndTokens,
        PadToken = PadToken ?? decoder.PadToken,
    };

    /// <summary>Writes the file into a folder at one stroke.</summary>
    public void Write(string folder)
    {
        var json = new JsonObject();
        if (BeginToken is { } begin) json["bos_token_id"] = begin;
        if (EndTokens is { Count: > 0 } end) json["eos_token_id"] = EndTokensNode(end);
        if (PadToken is { } pad) json["pad_token_id"] = pad;
        DurableFile.WriteAllText(Path.Combine(folder, FileName), json.ToJsonString(CheckpointIndex.Indented) + "\n");
    }

    /// <summary>None as null, one as a number, several as a list: what transformers writes.</summary>
    internal static JsonNode? EndTokensNode(IReadOnlyList<int> tokens) => tokens.Count switch
    {
        0 => null,
        1 => JsonValue.Create(tokens[0]),
        _ => new JsonArray([.. tokens.Select(token => (JsonNode)JsonValue.Create(token))]),
    };
}
