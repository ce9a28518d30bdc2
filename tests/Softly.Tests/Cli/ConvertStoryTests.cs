using System.Text.Json;
using System.Text.Json.Nodes;
using Softly.Cli;
using Softly.Cli.Commands;
using Softly.Models;
using Softly.Models.Weights;
using Softly.Tests.Models;
using Softly.Tests.Models.Weights;
using Softly.Tests.Tokenization;
using Softly.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Cli;

/// <summary><c>softly convert</c> as a user runs it.</summary>
[Trait("Weight", "Story")]
public class ConvertStoryTests
{
    private static string SmolLm => Reference.Require("models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");

    /// <summary>GGUF to a folder in small shards, the folder to GGUF: numbers, tokens and template stay what they are.</summary>
    [Fact]
    public void A_published_model_goes_to_a_folder_and_back_to_GGUF()
    {
        using var folder = new TemporaryFolder();
        var (code, output, error) = Command.Run(
            folder.Path, "convert", SmolLm, "hf", "--type", "f32", "--shard-size", "200MB", "--json");
        Assert.True(code == 0, error);
        var told = JsonDocument.Parse(output.Trim().Split('\n')[^1]).RootElement;
        Assert.Equal((134_515_008, "F32"), (told.GetProperty("parameters").GetInt64(), told.Text("type")));
        Assert.Equal(3, Directory.GetFiles(folder.File("hf"), "model-*.safetensors").Length); // 538 MB at no more than 200 each
        using (var weights = PretrainedWeights.Open(folder.File("hf")))
        using (var gguf = PretrainedWeights.Open(SmolLm))
        {
            Assert.Equal(StoredType.F32, weights.StoredType);
            foreach (var entry in gguf.File.Entries.Values)
            {
                float[] there = new float[entry.Elements], here = new float[entry.Elements];
                gguf.File.Read(entry.Name, there);
                weights.File.Read(entry.Name, here);
                Assert.True(there.AsSpan().SequenceEqual(here), entry.Name);
            }
        }
        CheckTokens(TokenizerLoader.FromFolder(folder.File("hf")));

        (code, output, error) = Command.Run(folder.Path, "convert", "hf", "back.gguf", "--type", "q8_0");
        Assert.True(code == 0, error);
        Assert.Contains("back.gguf: 134,515,008 parameters as Q8_0", output);
        CheckTokens(TokenizerLoader.FromGguf(GgufMetadata.Read(folder.File("back.gguf"))));
        Assert.Equal(
            GgufMetadata.Read(SmolLm)["tokenizer.chat_template"],
            GgufMetadata.Read(folder.File("back.gguf"))["tokenizer.chat_template"]);
        // 134.5 million at 34 bytes for 32, vectors at 4 bytes each, and the vocabulary.
        Assert.InRange(new FileInfo(folder.File("back.gguf")).Length, 142_000_000, 146_500_000);
    }

    /// <summary>What a run of its own left behind has a vocabulary of words: a folder takes it, GGUF does not.</summary>
    [Fact]
    public void A_checkpoint_goes_to_a_folder_with_its_files_byte_for_byte()
    {
        using var folder = new TemporaryFolder();
        var source = Reference.Require("golden", "models", "qwen2_tied");
        Directory.CreateDirectory(folder.File("from"));
        foreach (var file in new[] { "config.json", "model.safetensors" })
            File.Copy(Path.Combine(source, file), Path.Combine(folder.File("from"), file));
        var carried = new Dictionary<string, string>
        {
            ["generation_config.json"] = "{\"eos_token_id\": [2, 1],\r\n \"temperature\": 0.6}",
            ["vocab.json"] = "{}", ["merges.txt"] = "#",
            ["special_tokens_map.json"] = "{ }", ["added_tokens.json"] = "{\n}", ["chat_template.jinja"] = "{{ 'x' }}",
        };
        foreach (var (name, text) in carried) File.WriteAllText(Path.Combine(folder.File("from"), name), text);
        var words = new WordTokenizer(["a", "b", "c"]);
        words.Save(folder.File("from"));

        var (code, _, error) = Command.Run(folder.Path, "convert", "from", "to", "--type", "bf16");
        Assert.True(code == 0, error);
        foreach (var name in carried.Keys.Append("tokenizer.json").Append("tokenizer_config.json"))
            Assert.Equal(File.ReadAllBytes(folder.File($"from/{name}")), File.ReadAllBytes(folder.File($"to/{name}")));
        Assert.Equal("bfloat16", (string?)JsonNode.Parse(File.ReadAllText(folder.File("to/config.json")))!["torch_dtype"]);
        using (var weights = PretrainedWeights.Open(folder.File("to")))
            Assert.All(weights.File.Entries.Values, entry => Assert.Equal(StoredType.BF16, entry.Type));

        (code, _, error) = Command.Run(folder.Path, "convert", "from", "a.gguf");
        Assert.Equal(2, code);
        Assert.Contains("a vocabulary of words has no place in GGUF", error);
        Assert.Equal(["from", "to"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Of_a_run_the_newest_checkpoint_is_converted_and_its_own_type_kept()
    {
        using var folder = new TemporaryFolder();
        Copy("llama_f16", folder.File("run/checkpoint-9"));
        Copy("qwen2_bf16", folder.File("run/checkpoint-10"));
        File.WriteAllText(folder.File("run/recipe.yaml"), "");
        var (code, output, error) = Command.Run(folder.Path, "convert", "run", "to", "--json");
        Assert.True(code == 0, error);
        Assert.EndsWith("checkpoint-10", JsonDocument.Parse(output).RootElement.Text("source"));
        using var golden = new GoldenModel("qwen2_bf16");
        using var model = golden.Load();
        using var read = PretrainedModel.Load(folder.File("to"));
        foreach (var (name, parameter) in model.Named) Assert.Equal(Some.Host(parameter), Some.Host(read.Named[name]));
        using var weights = PretrainedWeights.Open(folder.File("to"));
        Assert.Equal(StoredType.BF16, weights.StoredType);
    }

    [Theory]
    [InlineData("there", "holds a model already; choose another folder, or --force")]
    [InlineData("other", "the folder is not empty and holds more than a model; choose another")]
    [InlineData("other --force", "the folder is not empty and holds more than a model; choose another")]
    [InlineData("there.gguf", "is there already; give another name, or --force")]
    [InlineData("from", "source and target are the same")]
    [InlineData("to --type q8_0", "safetensors holds f32, f16 or bf16; for quantised weights give a target that ends in .gguf")]
    [InlineData("to --type q3", "expected one of f32, f16, bf16, q8_0")]
    [InlineData("to --shard-size many", "expected a size such as 5GB, 500MB or 2GiB")]
    public void What_would_overwrite_or_cannot_be_written_is_refused_and_changes_nothing(string words, string says)
    {
        using var folder = new TemporaryFolder();
        foreach (var copy in new[] { "from", "there" }) Copy("llama_f16", folder.File(copy));
        Directory.CreateDirectory(folder.File("other"));
        File.WriteAllText(folder.File("other/diary.txt"), "dear");
        File.WriteAllText(folder.File("there.gguf"), "old");
        var before = Snapshot(folder);
        var (code, _, error) = Command.Run(folder.Path, ["convert", "from", .. words.Split(' ')]);
        Assert.Equal(2, code);
        Assert.Contains(says, error);
        Assert.Equal(before, Snapshot(folder));
    }

    [Fact]
    public void A_model_that_is_there_is_replaced_as_a_whole_with_force()
    {
        using var folder = new TemporaryFolder();
        Copy("llama_f16", folder.File("from"));
        Copy("qwen2_untied_sharded", folder.File("to"));
        var (code, _, error) = Command.Run(folder.Path, "convert", "from", "to", "--force");
        Assert.True(code == 0, error);
        Assert.Equal(
            ["config.json", "generation_config.json", "model.safetensors"],
            Directory.GetFiles(folder.File("to")).Select(Path.GetFileName).Order());
        Assert.Equal(["from", "to"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("hf")]
    [InlineData("a.gguf")]
    public void Ctrl_C_leaves_nothing_behind(string target)
    {
        using var folder = new TemporaryFolder();
        using var process = Command.Start(folder.Path, "convert", SmolLm, target, "--type", "f32");
        // Interrupted while it writes: the half file is there, under its temporary name.
        var until = DateTime.UtcNow.AddSeconds(60);
        while (!process.HasExited && DateTime.UtcNow < until
            && !Directory.EnumerateFiles(folder.Path, "*.partial", SearchOption.AllDirectories).Any()) Thread.Sleep(5);
        Command.Interrupt(process);
        var error = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(60_000));
        Assert.True(process.ExitCode == 130, $"exit code {process.ExitCode}: {error}");
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("5GB", 5_000_000_000)]
    [InlineData("500MB", 500_000_000)]
    [InlineData("1.5 MiB", 1_572_864)]
    [InlineData("4096", 4096)]
    public void Sizes_are_read(string text, long bytes) => Assert.Equal(bytes, ConvertCommand.Bytes(text));

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-5GB")]
    [InlineData("5XB")]
    public void What_is_no_size_is_refused(string text) => Assert.Throws<UserError>(() => ConvertCommand.Bytes(text));

    private static void CheckTokens(Tokenizer tokenizer)
    {
        TokenTable.CheckEncoding(tokenizer, Reference.Require("golden", "models", "smollm2", "encode.jsonl"));
        TokenTable.CheckDecoding(tokenizer, Reference.Require("golden", "models", "smollm2", "decode.jsonl"));
        ChatTable.Check(
            tokenizer.Template!, Reference.Require("golden", "models", "smollm2", "chat.jsonl"), tokenizer: tokenizer);
        Assert.Equal((1, 2), (tokenizer.BeginToken, tokenizer.PadToken));
        Assert.Equal([2], tokenizer.EndTokens);
    }

    private static void Copy(string name, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(Reference.Require("golden", "models", name)))
            if (Path.GetFileName(file) is not ("cases.json" or "expected.safetensors"))
                File.WriteAllBytes(Path.Combine(to, Path.GetFileName(file)), File.ReadAllBytes(file));
    }

    private static IEnumerable<(string, long, DateTime)> Snapshot(TemporaryFolder folder) =>
        [.. new DirectoryInfo(folder.Path).EnumerateFiles("*", SearchOption.AllDirectories)
            .Select(f => (f.FullName, f.Length, f.LastWriteTimeUtc)).Order()];
}
