using System.Text.RegularExpressions;

namespace Softly.Hub;

/// <summary>What a repository of the hub holds.</summary>
public enum HubRepoKind
{
    /// <summary>A model.</summary>
    Model,

    /// <summary>A data set.</summary>
    Dataset,
}

/// <summary>A repository by name, such as <c>Qwen/Qwen3-0.6B</c> or the data set <c>openai/gsm8k</c>.</summary>
public sealed partial record HubRepo
{
    private const string DatasetPrefix = "datasets/";

    private HubRepo(HubRepoKind kind, string name) => (Kind, Name) = (kind, name);

    /// <summary>What it holds.</summary>
    public HubRepoKind Kind { get; }

    /// <summary>Its name as the hub writes it: <c>org/name</c>, or <c>name</c> alone for the oldest ones.</summary>
    public string Name { get; }

    /// <summary>Where its pages and files are below the hub's address: <c>org/name</c> or <c>datasets/org/name</c>.</summary>
    public string Address => Kind == HubRepoKind.Dataset ? DatasetPrefix + Name : Name;

    /// <summary>Its folder in the cache, as huggingface_hub names it: <c>models--org--name</c>.</summary>
    public string CacheFolder => $"{(Kind == HubRepoKind.Dataset ? "datasets" : "models")}--{Name.Replace("/", "--")}";

    /// <summary>What it is in a sentence: <c>model</c> or <c>data set</c>.</summary>
    internal string KindText => Kind == HubRepoKind.Dataset ? "data set" : "model";

    /// <summary>Its collection in the hub's API: <c>models</c> or <c>datasets</c>.</summary>
    internal string Collection => Kind == HubRepoKind.Dataset ? "datasets" : "models";

    /// <summary>Reads a name; <c>datasets/</c> before it says that it is a data set.</summary>
    /// <param name="text">The name.</param>
    /// <param name="kind">What it holds; null where the name says it, a model where it does not.</param>
    /// <exception cref="HubException">No repository can have this name, or name and kind disagree.</exception>
    public static HubRepo Parse(string text, HubRepoKind? kind = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        var isDataset = text.StartsWith(DatasetPrefix, StringComparison.Ordinal);
        if (isDataset && kind == HubRepoKind.Model)
            throw new HubException($"{text} is a data set by its name, not a model");
        var name = isDataset ? text[DatasetPrefix.Length..] : text;
        if (!IsName(name))
            throw new HubException($"'{text}' is no name of the hub: expected org/name, such as Qwen/Qwen3-0.6B, "
                + "or datasets/org/name, such as datasets/openai/gsm8k");
        return new HubRepo(isDataset ? HubRepoKind.Dataset : kind ?? HubRepoKind.Model, name);
    }

    /// <summary>Whether a text can name a repository with its owner: one slash, and nothing of a path about it.</summary>
    public static bool IsOwnedName(string text) => text.Count(c => c == '/') == 1 && IsName(text);

    private static bool IsName(string name) =>
        NamePattern().IsMatch(name) && !name.Contains("--", StringComparison.Ordinal)
        && !name.Contains("..", StringComparison.Ordinal) && !name.EndsWith(".git", StringComparison.Ordinal);

    [GeneratedRegex(@"\A(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}/)?[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}(?<![.-])\z")]
    private static partial Regex NamePattern();
}
