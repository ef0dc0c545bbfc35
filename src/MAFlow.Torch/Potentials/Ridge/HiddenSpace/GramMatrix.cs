using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>G = W Wᵀ at little more than half the work of a general product.</summary>
internal static class GramMatrix
{
    private const int Blocks = 4;
    private const int LeastUnits = 128;

    /// <summary>Forms G [h, h] from W [h, N]. The blocks on and above the diagonal are multiplied, those below are their
    /// transposes.</summary>
    /// <param name="weight">W.</param>
    public static Tensor Of(Tensor weight)
    {
        var units = weight.shape[0];
        if (units < LeastUnits)
        {
            using var transposed = weight.t();
            return weight.mm(transposed);
        }

        using var scope = NewDisposeScope();
        var gram = empty([units, units], dtype: weight.dtype, device: weight.device);
        var cuts = Enumerable.Range(0, Blocks + 1).Select(block => units * block / Blocks).ToArray();
        for (var block = 0; block < Blocks; block++)
        {
            using var blockScope = NewDisposeScope();
            var (start, height) = (cuts[block], cuts[block + 1] - cuts[block]);
            var rest = units - start;
            var rows = weight.narrow(0, start, height).mm(weight.narrow(0, start, rest).t());
            gram.narrow(0, start, height).narrow(1, start, rest).copy_(rows);
            // Transposed by itself: copying a transposed view into a part of a matrix goes over the memory in leaps.
            gram.narrow(0, start, rest).narrow(1, start, height).copy_(rows.t().contiguous());
        }

        return gram.MoveToOuterDisposeScope();
    }
}
