using System.Text.Json;
using Softly.Tests.Models;
using Softly.Tokenization;

namespace Softly.Tests.Tokenization;

public class GgufTokenizerTests
{
    public static TheoryData<string> Names => [.. GoldenModel.Ggufs];

    /// <summary>Special tokens in the text are recognised, no begin token is put in front.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Texts_get_the_ids_that_llama_cpp_gives(string name)
    {
        var folder = Reference.Require(["golden", "models", .. name.Split('/')]);
        var cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "cases.json"))).RootElement;
        var tokenizer = TokenizerLoader.FromGguf(GgufMetadata.Read(Path.Combine(folder, "model.gguf")));
        var texts = cases.GetProperty("tokens").EnumerateArray().ToArray();
        Assert.NotEmpty(texts);
        foreach (var c in texts) Assert.Equal(c.Ints("ids"), tokenizer.Encode(c.Text("text")));
    }
}
