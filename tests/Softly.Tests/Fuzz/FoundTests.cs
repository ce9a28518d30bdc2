using System.Text;
using System.Text.Json;
using Softly.Models.Weights;
using Softly.Tests.Tokenization;
using Softly.Tokenization;

namespace Softly.Tests.Fuzz;

/// <summary>What damaged inputs found, each with the input in its smallest form.</summary>
public class FoundTests
{
    [Theory]
    [InlineData("""{"model_type": "\ud800"}""")]
    [InlineData("""{"model_type": "llama", "architectures": ["\udc00"]}""")]
    public void A_configuration_with_half_a_character_is_refused(string json) =>
        Assert.Contains("not valid JSON", Assert.Throws<InvalidDataException>(() => CheckpointConfig.Parse(json)).Message);

    [Fact]
    public void Two_templates_of_one_name_are_refused()
    {
        using var folder = new TemporaryFolder();
        new WordTokenizer(["a", "b"]).Save(folder.Path);
        folder.With("tokenizer_config.json", """
            {"chat_template": [{"name": "default", "template": "a"}, {"name": "default", "template": "b"}]}
            """);
        var error = Assert.Throws<InvalidDataException>(() => TokenizerLoader.FromFolder(folder.Path));
        Assert.Contains("chat_template[1]: a second template is named 'default'", error.Message);
    }

    [Fact]
    public void One_id_far_above_all_others_does_not_ask_for_a_table_of_that_size()
    {
        using var folder = new TemporaryFolder();
        folder.With("tokenizer.json", Encoding.UTF8.GetString(Samples.WordTokenizer).Replace("\"c\": 4", "\"c\": 4194303"));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InvalidDataException>(() => TokenizerLoader.FromFolder(folder.Path));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
        Assert.Contains("model.vocab: the highest id is 4194303, for 7 entries", error.Message);
    }

    [Fact]
    public void A_configuration_with_more_layers_than_there_are_tensors_lists_none_of_them()
    {
        using var folder = new TemporaryFolder();
        folder.With("config.json", Encoding.UTF8.GetString(Samples.Config("qwen2"))
            .Replace("\"num_hidden_layers\": 1", "\"num_hidden_layers\": 9999"));
        File.WriteAllBytes(Path.Combine(folder.Path, "model.safetensors"), Samples.Model("qwen2"));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InvalidDataException>(() => PretrainedWeights.Open(folder.Path));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
        Assert.Contains("asks for 9999 layers, the weights are 14 tensors", error.Message);
    }

    [Fact]
    public void A_gguf_file_with_sixteen_million_layers_is_refused_at_once()
    {
        using var folder = new TemporaryFolder();
        var bytes = Samples.Gguf("llama");
        var at = bytes.AsSpan().IndexOf("block_count"u8) + "block_count".Length + 4;
        BitConverter.TryWriteBytes(bytes.AsSpan(at), 1 << 24);
        File.WriteAllBytes(Path.Combine(folder.Path, "a.gguf"), bytes);
        var error = Assert.Throws<InvalidDataException>(() => PretrainedWeights.Open(Path.Combine(folder.Path, "a.gguf")));
        Assert.Contains("llama.block_count", error.Message);
    }

    [Fact]
    public void An_adapter_with_more_patterns_than_a_model_has_maps_is_refused_before_they_are_prepared()
    {
        var patterns = string.Join(", ", Enumerable.Range(0, 3000).Select(i => $"\"layers.{i}.q_proj\": 1"));
        var json = $$$"""{"peft_type": "LORA", "target_modules": ["q_proj"], "rank_pattern": { {{{patterns}}} }}""";
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InvalidDataException>(() => AdapterConfig.Parse(json));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 16 << 20);
        Assert.Contains("rank_pattern: at most 2048 patterns are expected, not 3000", error.Message);
    }

    [Fact]
    public void A_conversation_with_half_a_character_is_refused()
    {
        var template = ChatTemplate.Parse("{{ x }}");
        foreach (var json in (string[])["\"\\ud800\"", "{\"\\ud800\": 1}"])
        {
            var variables = new Dictionary<string, object?> { ["x"] = JsonDocument.Parse(json).RootElement };
            var error = Assert.Throws<ArgumentException>(() => template.Render([], variables: variables));
            Assert.Contains("the variable 'x' holds a text with half a surrogate pair", error.Message);
        }
    }
}
