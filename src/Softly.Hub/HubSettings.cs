namespace Softly.Hub;

/// <summary>Which hub, where its files are kept, and in whose name it is asked: as huggingface_hub's variables say.</summary>
public sealed record HubSettings
{
    /// <summary>The hub's address.</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>The cache that programs share: holds <c>models--org--name</c> and the like.</summary>
    public required string Cache { get; init; }

    /// <summary>A token of the hub, sent to <see cref="Endpoint"/> and to nobody else; null to ask as a stranger.</summary>
    public string? Token { get; init; }

    /// <summary>Where the token is from, for messages.</summary>
    public string TokenSource { get; init; } = "the given token";

    /// <summary>True to take only what the cache holds.</summary>
    public bool IsOffline { get; init; }

    /// <summary>
    /// From HF_ENDPOINT, HF_HUB_CACHE or HF_HOME, HF_TOKEN or the file <c>$HF_HOME/token</c>, HF_HUB_OFFLINE. HF_HOME is
    /// <c>~/.cache/huggingface</c> where it is not set (below XDG_CACHE_HOME where that is).
    /// </summary>
    /// <param name="variable">Reads a variable of the environment; null where it is not set.</param>
    /// <exception cref="HubException">HF_ENDPOINT is no address, or the token cannot be sent.</exception>
    public static HubSettings FromEnvironment(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        var home = Given("HF_HOME") ?? Path.Combine(
            Given("XDG_CACHE_HOME")
                ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "huggingface");
        var tokenFile = Given("HF_TOKEN_PATH") ?? Path.Combine(home, "token");
        var (token, source) = Given("HF_TOKEN") is { } given
            ? (given, "HF_TOKEN")
            : (File.Exists(tokenFile) ? File.ReadAllText(tokenFile) : null, tokenFile);
        var settings = new HubSettings
        {
            Cache = Path.GetFullPath(Given("HF_HUB_CACHE") ?? Path.Combine(home, "hub")),
            IsOffline = Given("HF_HUB_OFFLINE")?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE",
        }.WithToken(token, source);
        return Given("HF_ENDPOINT") is { } endpoint ? settings with { Endpoint = Address(endpoint) } : settings;

        string? Given(string name) => variable(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
    }

    /// <summary>The same with another token; blanks around it are dropped, and one of nothing but blanks is none.</summary>
    /// <param name="token">The token, or null.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <exception cref="HubException">It holds a character that cannot be sent.</exception>
    public HubSettings WithToken(string? token, string source)
    {
        token = token?.Trim();
        if (string.IsNullOrEmpty(token)) return this with { Token = null };
        return token.All(c => c is > ' ' and <= '~')
            ? this with { Token = token, TokenSource = source }
            : throw new HubException($"the token of {source} has blanks or foreign characters inside: expected one word, hf_…");
    }

    private static Uri Address(string text) =>
        Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri!
            : throw new HubException($"HF_ENDPOINT is '{text}': expected an address that begins with https:// or http://");
}
