using static TorchSharp.torch;

namespace MAFlow.Torch.Lattices;

/// <summary>A linear map of fields on a box that is a product of square matrices, one for each axis.</summary>
/// <param name="matrices">One for each axis, shape [m, m].</param>
internal sealed class AxisMaps(params IReadOnlyList<Tensor> matrices)
{
    /// <summary>The map applied to each column of fields.</summary>
    /// <param name="fields">Shape [N, ...], sites before everything else: products along an axis are then products of matrices, without
    /// any copy.</param>
    public Tensor Apply(Tensor fields) => Along(fields, transposed: false);

    /// <summary>The transposed map, which for orthogonal matrices is the inverse.</summary>
    /// <param name="fields">Shape [N, ...].</param>
    public Tensor ApplyTransposed(Tensor fields) => Along(fields, transposed: true);

    private Tensor Along(Tensor fields, bool transposed)
    {
        using var scope = NewDisposeScope();
        var (result, before) = (fields, 1L);
        foreach (var matrix in matrices)
        {
            var (factor, extent) = (transposed ? matrix.t() : matrix, matrix.shape[0]);
            result = before == 1
                ? factor.mm(result.reshape(extent, -1))
                : factor.unsqueeze(0).expand(before, extent, extent).bmm(result.reshape(before, extent, -1));
            before *= extent;
        }

        return result.reshape(fields.shape).MoveToOuterDisposeScope();
    }
}
