namespace Softly;

/// <summary>The keys of a GGUF file that name tokens with a role.</summary>
internal static class GgufTokens
{
    public const string Begin = "tokenizer.ggml.bos_token_id";
    public const string Pad = "tokenizer.ggml.padding_token_id";

    /// <summary>Those of tokens that end a text, the one that counts first.</summary>
    public static readonly string[] Ends =
        ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"];

    /// <summary>What is lost of so many tokens that end a text, for people; null where nothing is.</summary>
    public static string? TooMany(int ends) =>
        ends > Ends.Length ? $"of {ends} tokens that end a text GGUF names the first {Ends.Length} only" : null;
}
