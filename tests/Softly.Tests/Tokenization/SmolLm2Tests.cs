using Softly.Tokenization;

namespace Softly.Tests.Tokenization;

public class SmolLm2Tests
{
    private static readonly Lazy<Tokenizer> Folder = new(
        () => TokenizerLoader.FromFolder(Reference.Require("models", "smollm2-135m-instruct")));
    private static readonly Lazy<Tokenizer> Gguf = new(() => TokenizerLoader.FromGguf(
        GgufMetadata.Read(Reference.Require("models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"))));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Texts_get_the_ids_of_the_original_tokenizer(bool fromGguf) =>
        TokenTable.CheckEncoding(Of(fromGguf), Reference.Require("golden", "models", "smollm2", "encode.jsonl"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ids_cut_inside_characters_decode_as_in_the_original(bool fromGguf) =>
        TokenTable.CheckDecoding(Of(fromGguf), Reference.Require("golden", "models", "smollm2", "decode.jsonl"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Conversations_get_the_text_and_the_ids_of_the_original(bool fromGguf) =>
        ChatTable.Check(
            Of(fromGguf).Template!, Reference.Require("golden", "models", "smollm2", "chat.jsonl"), tokenizer: Of(fromGguf));

    /// <summary>Its vocabulary lacks the bytes F1 and F2, with which the unused planes from U+40000 on begin.</summary>
    [Fact]
    public void Ten_thousand_texts_of_any_characters_come_back() =>
        RoundTrip.Check(Of(fromGguf: false), composes: false, 10_000, highest: 0x3ffff);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Roles_of_tokens_are_known(bool fromGguf)
    {
        var tokenizer = Of(fromGguf);
        Assert.Equal(49152, tokenizer.VocabularySize);
        Assert.Equal(1, tokenizer.BeginToken);
        Assert.Equal([2], tokenizer.EndTokens);
        Assert.Equal(2, tokenizer.PadToken);
        Assert.Equal(2, tokenizer.TokenId("<|im_end|>"));
        Assert.Equal("<|im_end|>", tokenizer.TokenText(2));
        Assert.Equal(" world", tokenizer.TokenText(tokenizer.TokenId(" world")!.Value));
        Assert.Null(tokenizer.TokenId(" world of"));
        Assert.True(tokenizer.IsSpecial(2));
        Assert.NotNull(tokenizer.Template);
    }

    private static Tokenizer Of(bool fromGguf) => (fromGguf ? Gguf : Folder).Value;
}
