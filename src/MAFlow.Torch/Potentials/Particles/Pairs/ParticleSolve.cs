using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles.Pairs;

/// <summary>An explicit Runge-Kutta solve of a pair potential between two knots, and its exact derivative.</summary>
/// <remarks>
/// Only the points of the stages are kept; the Gaussians, K for each pair, are formed again in the reverse pass. With adjoint λ of the
/// point and upstream ℓ̄ of ∫∇²φ: v̄ᵢ = ε (bᵢ λ + Σ_{l&gt;i} Aₗᵢ Z̄ₗ), l̄ᵢ = ε bᵢ ℓ̄, Z̄ᵢ = ∂/∂Zᵢ (v̄ᵢ·∇φ + l̄ᵢ ∇²φ) and λ ← λ + Σᵢ Z̄ᵢ.
/// A score s = ∇ ln p goes along by ds/dt = -(∇∇φ s + ∇∇²φ). Points and scores are [D, n, B].
/// </remarks>
/// <param name="shape">Sizes.</param>
/// <param name="tableau">Method.</param>
/// <param name="piece">Times and steps.</param>
internal sealed class ParticleSolve(ParticleShape shape, ButcherTableau tableau, TimeGrid piece)
{
    /// <summary>Points of all stages of a solve.</summary>
    public Tensor MakeRecord(Tensor x) => LargeBuffer.Empty([(long)piece.StepsPerPiece * tableau.Stages, .. x.shape], x);

    /// <summary>Integrates along the piece.</summary>
    /// <param name="start">Points at its start.</param>
    /// <param name="score">∇ ln p there; null where it is not wanted.</param>
    /// <param name="terms">Coefficients of φ at both ends.</param>
    /// <param name="record">Receives the points of all stages; null where nobody wants them.</param>
    /// <returns>Points at the end, ∫∇²φ dt [B], and the score at the end.</returns>
    public (Tensor X, Tensor Laplacian, Tensor? Score) Integrate(Tensor start, Tensor? score, Tensor terms, Tensor? record)
    {
        using var scope = NewDisposeScope();
        using Scalar epsilon = piece.Step.ToScalar();
        var places = new ParticlePlaces(shape, start);
        var (x, laplacian) = (new StagePath(start, tableau, epsilon), zeros(start.shape[2], dtype: start.dtype, device: start.device));
        var s = score is null ? null : new StagePath(score, tableau, epsilon);
        var unit = s is null ? null : ones_like(laplacian);
        for (var step = 0; step < piece.StepsPerPiece; step++)
        {
            for (var i = 0; i < tableau.Stages; i++)
            {
                using var stageScope = NewDisposeScope();
                var point = x.Stage(i, record?[((long)step * tableau.Stages) + i]);
                var stage = new ParticleStage(places, At(terms, step, i), point, s is null ? 2 : 3);
                s?.Keep(i, stage.Reverse(s.Stage(i), unit, withTerms: false).ByPoint.neg_());
                x.Keep(i, stage.Velocity());
                TableauScalars.Add(laplacian, stage.Laplacian(), tableau.Scalars.B[i]);
            }

            x.Advance();
            s?.Advance();
        }

        return (x.Now.MoveToOuterDisposeScope(), laplacian.mul_(epsilon).MoveToOuterDisposeScope(), s?.Now.MoveToOuterDisposeScope());
    }

    /// <summary>The derivative of a solve.</summary>
    /// <param name="terms">Coefficients of φ at both ends.</param>
    /// <param name="record">Points of all stages.</param>
    /// <param name="adjoint">∂L/∂x at the end.</param>
    /// <param name="upstream">∂L/∂∫∇²φ, shape [B]; null where it is zero.</param>
    /// <returns>∂L/∂x at the start, and the derivative by the coefficients.</returns>
    public (Tensor Adjoint, Tensor Terms) Differentiate(Tensor terms, Tensor record, Tensor adjoint, Tensor? upstream)
    {
        using var scope = NewDisposeScope();
        using Scalar epsilon = piece.Step.ToScalar();
        var (places, sums) = (new ParticlePlaces(shape, adjoint), zeros_like(terms));
        adjoint = adjoint.clone();
        var results = Enumerable.Range(0, tableau.Stages).Select(_ => empty_like(adjoint)).ToArray();
        for (var step = piece.StepsPerPiece - 1; step >= 0; step--)
        {
            for (var i = tableau.Stages - 1; i >= 0; i--)
            {
                using var stageScope = NewDisposeScope();
                var cotangent = zeros_like(adjoint);
                TableauScalars.Add(cotangent, adjoint, tableau.Scalars.B[i]);
                for (var l = i + 1; l < tableau.Stages; l++)
                {
                    TableauScalars.Add(cotangent, results[l], tableau.Scalars.A[l][i]);
                }

                cotangent.mul_(epsilon);
                var share = tableau.Scalars.B[i] is { } weight && upstream is not null ? upstream.mul(weight).mul_(epsilon) : null;
                var stage = new ParticleStage(places, At(terms, step, i), record[((long)step * tableau.Stages) + i], share is null ? 2 : 3);
                var (byPoint, derivative) = stage.Reverse(cotangent, share, withTerms: true);
                results[i].copy_(byPoint);
                using Scalar start = (1 - Fraction(step, i)).ToScalar(), end = Fraction(step, i).ToScalar();
                sums[0].add_(derivative!, alpha: start);
                sums[1].add_(derivative!, alpha: end);
            }

            foreach (var result in results)
            {
                adjoint.Add_(result);
            }
        }

        return (adjoint.MoveToOuterDisposeScope(), sums.MoveToOuterDisposeScope());
    }

    private double Fraction(int step, int stage) => (step + tableau.C[stage]) / piece.StepsPerPiece;

    private Tensor At(Tensor terms, int step, int stage) => ParticleField.Between(terms, Fraction(step, stage));
}
