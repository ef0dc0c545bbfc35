using System.Buffers.Binary;
using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>The state of torch's random generator on the CPU, a Mersenne twister, as bytes.</summary>
/// <remarks>Torch ends the process when it is given a state that is none, so one from a file is checked first. Layout: ATen,
/// CPUGeneratorImplStateLegacy.</remarks>
internal static class RandomState
{
    private const int Words = 624;
    private const int LeftOffset = 8;
    private const int SeededOffset = 12;
    private const int NextOffset = 16;

    /// <summary>The same state, if it is one.</summary>
    /// <exception cref="FormatException">The bytes are no state.</exception>
    public static Tensor Require(Tensor state)
    {
        var bytes = state.bytes;
        var left = BinaryPrimitives.ReadInt32LittleEndian(bytes[LeftOffset..]);
        var seeded = BinaryPrimitives.ReadInt32LittleEndian(bytes[SeededOffset..]);
        // Torch keeps the lower half only.
        var next = BinaryPrimitives.ReadUInt32LittleEndian(bytes[NextOffset..]);
        return seeded == 1 && left is > 0 and <= Words && next <= Words
            ? state
            : throw new FormatException("Expected the state of a random generator in the checkpoint; the file is damaged, remove it "
                + "to start afresh.");
    }
}
