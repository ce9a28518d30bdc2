using System.Text.Json;
using System.Text.Json.Nodes;
using Softly.Cli;
using Softly.Models;
using Softly.Models.Weights;
using Softly.Tests.Fuzz;
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
    [InlineData("other", "the folder is not empty and holds more than a model (diary.txt); choose another")]
    [InlineData("other --force", "the folder is not empty and holds more than a model (diary.txt); choose another")]
    [InlineData(". --force", ".: holds the source; choose another folder")]
    [InlineData("to.gguf --shard-size 1GB", "--shard-size: a .gguf file is written whole")]
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
    [InlineData("optimizer.safetensors")]
    [InlineData("softly_state.json")]
    [InlineData("diary.txt")]
    [InlineData("model.gguf")]
    public void A_model_beside_which_something_else_lies_is_not_replaced(string foreign)
    {
        using var folder = new TemporaryFolder();
        foreach (var copy in new[] { "from", "to" }) Copy("llama_f16", folder.File(copy));
        folder.With($"to/{foreign}", "dear");
        var before = Snapshot(folder);
        var (code, _, error) = Command.Run(folder.Path, "convert", "from", "to", "--force");
        Assert.Equal(2, code);
        Assert.Contains($"holds more than a model ({foreign}); choose another", error);
        Assert.Equal(before, Snapshot(folder));
    }

    /// <summary>Every kind of file that a model of the hub has and that is written again.</summary>
    [Fact]
    public void A_model_with_all_its_older_files_is_replaced_with_force()
    {
        using var folder = new TemporaryFolder();
        Copy("llama_f16", folder.File("from"));
        Copy("qwen2_untied_sharded", folder.File("to"));
        foreach (var name in TokenizerLoader.FileNames.Append("tokenizer.model")) folder.With($"to/{name}", "{}");
        var (code, _, error) = Command.Run(folder.Path, "convert", "from", "to", "--force");
        Assert.True(code == 0, error);
        Assert.False(File.Exists(folder.File("to/vocab.json")));
    }

    [Theory]
    [InlineData("base", "base", "is the model that the adapter changes")]
    [InlineData("link", "base", "is the model that the adapter changes")]
    [InlineData("base.gguf", "base.gguf", "is the model that the adapter changes")]
    public void The_model_under_an_adapter_is_never_replaced(string target, string named, string says)
    {
        using var folder = new TemporaryFolder();
        Copy("llama_f16", folder.File("base"));
        Directory.CreateSymbolicLink(folder.File("link"), folder.File("base"));
        folder.With("base.gguf", "the weights");
        Directory.CreateDirectory(folder.File("adapter"));
        folder.With("adapter/adapter_config.json", new AdapterConfig($"../{named}", new LoraOptions()).ToJson());
        var before = Snapshot(folder);
        var (code, _, error) = Command.Run(folder.Path, "convert", "adapter", target, "--force");
        Assert.Equal(2, code);
        Assert.Contains($"{target}: {says}; choose another place", error);
        Assert.Equal(before, Snapshot(folder));
    }

    /// <summary>A tokenizer that names no roles beside a configuration that does, as some published models have it.</summary>
    [Fact]
    public void Tokens_that_the_configuration_alone_names_are_in_the_GGUF_file_and_what_is_wider_is_told()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("a.gguf"), Samples.Gguf("qwen2"));
        using (var weights = PretrainedWeights.Open(folder.File("a.gguf")))
            CheckpointExport.Write(
                folder.File("hf"),
                weights.Config with { BeginToken = 3, EndTokens = [5, 6, 7, 8], PadToken = weights.Config.VocabularySize },
                weights.File, StoredType.F32);
        TokenizerLoader.FromGguf(GgufMetadata.Read(folder.File("a.gguf"))).Save(folder.File("hf"));
        folder.With("hf/tokenizer_config.json", "{}");
        File.Delete(folder.File("hf/generation_config.json"));
        Assert.Empty(TokenizerLoader.FromFolder(folder.File("hf")).EndTokens);

        var (code, output, error) = Command.Run(folder.Path, "convert", "hf", "b.gguf", "--type", "q8_0");
        Assert.True(code == 0, error);
        var read = GgufMetadata.Read(folder.File("b.gguf"));
        Assert.Equal("hf", read["general.name"]);
        Assert.False(read.ContainsKey("tokenizer.ggml.padding_token_id")); // it has no row
        var tokenizer = TokenizerLoader.FromGguf(read);
        Assert.Equal([5, 6, 7], tokenizer.EndTokens);
        Assert.Equal((3, null), (tokenizer.BeginToken, tokenizer.PadToken));
        using (var model = PretrainedWeights.Open(folder.File("b.gguf"))) Assert.Equal([5, 6, 7], model.Config.EndTokens);
        Assert.Contains("note: of 4 tokens that end a text GGUF names the first 3 only", output);
        Assert.Contains(
            "note: 8 of 8 matrices, such as model.embed_tokens.weight, are F16: their rows of 4 are no multiple of Q8_0's 32",
            output);
    }

    [Theory]
    [InlineData("models--org--a-b/snapshots/0123456789abcdef0123456789abcdef01234567", "org/a-b")]
    [InlineData("models--gpt2/snapshots/0123456789abcdef0123456789abcdef01234567", "gpt2")]
    [InlineData("runs/try/checkpoint-10", "try")]
    [InlineData("plain/snapshots/folder", "folder")]
    [InlineData("Qwen3-0.6B", "Qwen3-0.6B")]
    public void A_model_is_called_by_what_people_know_it_by(string path, string name)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File(path));
        Directory.CreateDirectory(folder.File("runs/try"));
        folder.With("runs/try/recipe.yaml", "");
        Assert.Equal(name, ModelTitle.Of(folder.File(path), null));
        Assert.Equal(name, ModelTitle.Of(folder.File(path) + "/", null));
    }

    [Fact]
    public void A_GGUF_file_keeps_the_name_in_it()
    {
        using var folder = new TemporaryFolder();
        folder.With("tiny-v1.5.gguf", "");
        var named = new Dictionary<string, object> { ["general.name"] = "Tiny" };
        Assert.Equal("Tiny", ModelTitle.Of(folder.File("tiny-v1.5.gguf"), named));
        Assert.Equal("tiny-v1.5", ModelTitle.Of(folder.File("tiny-v1.5.gguf"), new Dictionary<string, object>()));
    }

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
