using System.Runtime.InteropServices;

namespace Softly.Sandbox.Wasm;

/// <summary>A folder whose files may be trusted as code: the user's, and nobody else's to write.</summary>
internal static partial class OwnFolder
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes the folder where it is missing. Null where it is, or comes to be, somebody else's.</summary>
    public static string? Make(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path); // in the user's profile, which is private there
            else Directory.CreateDirectory(path, Private);
            return IsOurs(path) ? path : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether a file or folder is ours, no link, and not writable by others.</summary>
    public static bool IsOurs(string path)
    {
        if (OperatingSystem.IsWindows()) return true;
        FileSystemInfo info = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        return info is { Exists: true, LinkTarget: null }
            && (info.UnixFileMode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) == 0
            && (info is FileInfo || (info.UnixFileMode & ~Private) == 0)
            && OwnerOf(path) == geteuid();
    }

    /// <summary>The owner's number; null where the system does not say.</summary>
    private static uint? OwnerOf(string path)
    {
        Span<byte> told = stackalloc byte[256];
        if (OperatingSystem.IsLinux())
            return statx(-100, path, 0x100, 0x7ff, told) == 0 ? MemoryMarshal.Read<uint>(told[20..]) : null; // stx_uid
        return OperatingSystem.IsMacOS() && lstat(path, told) == 0 ? MemoryMarshal.Read<uint>(told[16..]) : null; // st_uid
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint geteuid();

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int statx(int folder, string path, int flags, uint mask, Span<byte> told);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int lstat(string path, Span<byte> told);
}
