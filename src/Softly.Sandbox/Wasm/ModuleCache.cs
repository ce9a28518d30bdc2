using System.Runtime.InteropServices;
using Wasmtime;

namespace Softly.Sandbox.Wasm;

/// <summary>
/// Compiled modules in files. Loading one is trusting it as native code, so they lie in a folder that is the user's alone, and each
/// must have the hash that was written beside it; what is not so is compiled again.
/// </summary>
/// <param name="folder">Where they lie.</param>
internal sealed class ModuleCache(string folder)
{
    /// <summary>The user's: <c>~/.cache/softly/wasm</c> on Linux.</summary>
    public static string UserFolder { get; } = Path.Combine(
        OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
        : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } given && Path.IsPathRooted(given) ? given
        : Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
            OperatingSystem.IsMacOS() ? "Library/Caches" : ".cache"),
        "softly", "wasm");

    /// <summary>Whether the last module came from a file.</summary>
    public bool WasThere { get; private set; }

    /// <summary>Why nothing is kept; null where it is.</summary>
    public string? Trouble { get; private set; }

    /// <summary>The compiled module: from a file where there is a sound one, else compiled and kept.</summary>
    /// <param name="engine">With the settings that belong to <paramref name="settings"/>.</param>
    /// <param name="wasm">The module.</param>
    /// <param name="settings">What else the machine code depends on, for the file's name.</param>
    /// <exception cref="WasmtimeException">It cannot be compiled.</exception>
    public Module Load(Engine engine, byte[] wasm, string settings)
    {
        var version = typeof(Engine).Assembly.GetName().Version;
        var name = $"python-{PythonWasm.HashOf(wasm)[..16]}-{version}-{settings}-{RuntimeInformation.ProcessArchitecture}";
        var own = Path.IsPathRooted(folder) ? OwnFolder.Make(folder) : null;
        if (own is null) Trouble = $"{folder} is not a folder of this user alone, so compiled Python is not kept";
        var path = own is null ? null : Path.Combine(own, name + ".cwasm");
        WasThere = false;
        if (path is not null && Sound(path))
            try
            {
                var kept = Module.DeserializeFile(engine, "python", path);
                WasThere = true;
                return kept;
            }
            catch (WasmtimeException)
            {
                // another processor, or other settings: as if it were not there
            }
        var module = Module.FromBytes(engine, "python", wasm);
        if (path is not null) Keep(path, module.Serialize());
        return module;
    }

    private static bool Sound(string path)
    {
        try
        {
            var mark = path + ".sha256";
            return File.Exists(path) && File.Exists(mark) && OwnFolder.IsOurs(path) && OwnFolder.IsOurs(mark)
                && File.ReadAllText(mark).Trim() == PythonWasm.HashOf(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whoever reads meanwhile sees the old file or the new one, whole.</summary>
    private void Keep(string path, byte[] bytes)
    {
        try
        {
            Write(path, bytes);
            Write(path + ".sha256", System.Text.Encoding.ASCII.GetBytes(PythonWasm.HashOf(bytes)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Trouble = $"compiled Python cannot be kept in {folder}: {e.Message}";
        }
    }

    private static void Write(string path, byte[] bytes)
    {
        var partial = $"{path}.{Guid.NewGuid():N}";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var file = new FileStream(partial, options)) file.Write(bytes);
            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }
}
