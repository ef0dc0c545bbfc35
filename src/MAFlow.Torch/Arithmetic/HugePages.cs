using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MAFlow.Torch.Arithmetic;

/// <summary>Memory in pages of 2 MiB, where Linux has them to give: a fresh buffer then costs one page fault in place of 512.</summary>
/// <remarks>The first write to each page of 4 KiB takes longer than filling it ten times. It is an advice: where it is refused nothing
/// changes.</remarks>
internal static class HugePages
{
    /// <summary>Bytes of a large page.</summary>
    public const int Size = 2 << 20;

    private const int MadviseHugePage = 14;

    /// <summary>Asks for large pages under the part of a buffer that is going to be used.</summary>
    /// <param name="buffer">A contiguous tensor on the CPU with room for two pages more than is used; nothing has been written to
    /// it.</param>
    /// <param name="bytes">How much of it is used.</param>
    /// <returns>Where that part begins, in bytes from the buffer's start.</returns>
    public static long Advise(Tensor buffer, long bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        var address = Address(buffer);
        var start = RoundedUp(address);
        _ = Madvise((nint)start, (nint)RoundedUp(bytes), MadviseHugePage);
        return start - address;
    }

    private static long RoundedUp(long bytes) => (bytes + Size - 1) / Size * Size;

    private static long Address(Tensor buffer)
    {
        using var first = buffer.narrow(0, 0, 1);
        return Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref MemoryMarshal.GetReference(first.bytes));
    }

    [DllImport("libc", EntryPoint = "madvise")]
    private static extern int Madvise(nint address, nint length, int advice);
}
