namespace Softly.Runs;

/// <summary>Files that are there whole or not at all: written beside their place, then renamed into it.</summary>
internal static class WholeFile
{
    /// <summary>Ends the name of a file being written.</summary>
    public const string Unfinished = ".unfinished";

    /// <summary>
    /// Writes text as UTF-8 without a byte order mark; what was at <paramref name="path"/> stays until the new file is whole.
    /// </summary>
    public static void Write(string path, string text) => Write(path, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Writes bytes; what was at <paramref name="path"/> stays until the new file is whole.</summary>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var unfinished = path + Unfinished;
        try
        {
            using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }
            File.Move(unfinished, path, overwrite: true);
        }
        catch (IOException error)
        {
            File.Delete(unfinished);
            throw DiskSpace.Explain(path, error, File.Exists(path) ? "The file that was there is untouched." : "");
        }
    }
}
