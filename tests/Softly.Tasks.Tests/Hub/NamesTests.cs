using System.Text;
using Softly.Hub;

namespace Softly.Tests.Hub;

public class NamesTests
{
    [Theory]
    [InlineData("Qwen/Qwen3-0.6B", "models--Qwen--Qwen3-0.6B", "Qwen/Qwen3-0.6B")]
    [InlineData("gpt2", "models--gpt2", "gpt2")]
    [InlineData("datasets/openai/gsm8k", "datasets--openai--gsm8k", "datasets/openai/gsm8k")]
    public void A_repository_has_its_folder_and_its_address(string text, string folder, string address)
    {
        var repo = HubRepo.Parse(text);
        Assert.Equal((folder, address), (repo.CacheFolder, repo.Address));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b/c")]
    [InlineData("../b")]
    [InlineData("a/..")]
    [InlineData("a--b/c")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a/b.git")]
    [InlineData("a b/c")]
    [InlineData("a/b\n")]
    [InlineData("./runs")]
    public void What_cannot_be_a_name_is_refused_with_an_example(string text) =>
        Assert.Contains("expected org/name, such as", Assert.Throws<HubException>(() => HubRepo.Parse(text)).Message);

    [Fact]
    public void The_kind_is_said_once()
    {
        Assert.Equal(HubRepoKind.Dataset, HubRepo.Parse("a/b", HubRepoKind.Dataset).Kind);
        Assert.Throws<HubException>(() => HubRepo.Parse("datasets/a/b", HubRepoKind.Model));
    }

    [Fact]
    public void Settings_are_the_variables_of_huggingface_hub()
    {
        var home = Directory.CreateTempSubdirectory("softly-hub-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(home, "token"), " hf_file\n");
            var read = Read(("HF_HOME", home), ("HF_ENDPOINT", "http://127.0.0.1:8/"), ("HF_HUB_OFFLINE", "yes"));
            Assert.Equal(Path.Combine(home, "hub"), read.Cache);
            Assert.Equal(("hf_file", Path.Combine(home, "token")), (read.Token, read.TokenSource));
            Assert.Equal(new Uri("http://127.0.0.1:8"), read.Endpoint);
            Assert.True(read.IsOffline);
            read = Read(("HF_HOME", home), ("HF_TOKEN", "hf_given"), ("HF_HUB_CACHE", "/elsewhere"), ("HF_HUB_OFFLINE", "0"));
            Assert.Equal(("hf_given", "HF_TOKEN", "/elsewhere"), (read.Token, read.TokenSource, read.Cache));
            Assert.False(read.IsOffline);
            Assert.Equal(Path.Combine("/x", "huggingface", "hub"), Read(("XDG_CACHE_HOME", "/x")).Cache);
            Assert.Contains("HF_ENDPOINT", Assert.Throws<HubException>(() => Read(("HF_ENDPOINT", "hub.local"))).Message);
            Assert.Contains("HF_TOKEN", Assert.Throws<HubException>(() => Read(("HF_TOKEN", "two words"))).Message);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }

        static HubSettings Read(params (string Name, string Value)[] variables) =>
            HubSettings.FromEnvironment(name => variables.FirstOrDefault(v => v.Name == name).Value);
    }

    [Theory]
    [InlineData("*.json", "a/b.json", true)]
    [InlineData("*.json", "b.jsonl", false)]
    [InlineData("onnx/", "onnx/model.onnx", true)]
    [InlineData("model-0000[1-3]?of*", "model-00002-of-9", true)]
    [InlineData("model-0000[!1-3]*", "model-00002-of-9", false)]
    [InlineData("a.b", "axb", false)]
    [InlineData("[", "[", true)]
    [InlineData("[]]", "]", true)]
    [InlineData("", "x", false)]
    public void Patterns_are_those_of_Python(string pattern, string name, bool matches) =>
        Assert.Equal(matches, new Glob(pattern).Matches(name));

    [Fact]
    public void The_usual_files_of_a_model_are_its_safetensors_and_what_is_small()
    {
        string[] all =
        [
            ".gitattributes", "README.md", "config.json", "model-00001-of-00002.safetensors", "model.safetensors.index.json",
            "consolidated.safetensors", "pytorch_model.bin", "tokenizer.json", "merges.txt", "chat_template.jinja",
            "tokenizer.model", "onnx/config.json", "original/params.json", "tf_model.h5", "model-Q4.gguf",
        ];
        Assert.Equal(
            [
                "config.json", "model-00001-of-00002.safetensors", "model.safetensors.index.json", "tokenizer.json", "merges.txt",
                "chat_template.jinja", "tokenizer.model",
            ],
            Chosen(all, FileChoice.Usual));
        Assert.Equal(["model-Q4.gguf"], Chosen(all, new FileChoice(["*Q4*"], [])));
        Assert.Equal(["README.md", "merges.txt", "tokenizer.json"],
            Chosen(["README.md", "merges.txt", "tokenizer.json", "b.bin"], new FileChoice(["*"], ["*.bin"])));
        Assert.Equal(["config.json"], Chosen(["config.json", "model.safetensors"], new FileChoice([], ["*.safetensors"])));
    }

    [Fact]
    public void A_model_without_safetensors_names_what_it_has()
    {
        var error = Assert.Throws<HubException>(() => Chosen(["config.json", "m-Q4.gguf", "m-Q8.gguf"], FileChoice.Usual));
        Assert.Contains("has no *.safetensors, but m-Q4.gguf, m-Q8.gguf: choose with --include", error.Message);
        Assert.Contains("it has a.md", Assert.Throws<HubException>(() => Chosen(["a.md"], new FileChoice(["*.x"], []))).Message);
    }

    /// <summary>Of git itself: <c>printf hello | git hash-object --stdin</c>.</summary>
    [Fact]
    public void Gits_checksum_is_gits()
    {
        using var hash = new ContentHash(isGit: true, 5);
        hash.Add("lost"u8);
        hash.Restart();
        hash.Add(Encoding.ASCII.GetBytes("hello"));
        Assert.Equal("b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0", hash.Hex());
    }

    private static IEnumerable<string> Chosen(string[] names, FileChoice choice) => choice
        .Of(HubRepo.Parse("org/name"), new HubListing(FakeHub.Commit, [.. names.Select(n => new HubFile(n, 1, null))]))
        .Select(f => f.Path);
}
