using Portal.Domain.Alerts;
using Portal.Domain.Tests.Limits;

namespace Portal.Domain.Tests.Alerts;

public sealed class ThresholdCrossingTests
{
    [Fact]
    public void Below_the_first_threshold_nothing_is_crossed() => Assert.Null(ThresholdCrossing.Of(Given.Stand(79.99m, 100), []));

    [Fact]
    public void The_first_threshold_is_crossed_alone() => Is(ThresholdCrossing.Of(Given.Stand(80, 100), []), [80], 80);

    [Fact]
    public void A_jump_over_several_records_all_and_mails_the_highest() => Is(ThresholdCrossing.Of(Given.Stand(130, 100, 50, 80, 100, 150), []), [50, 80, 100], 100);

    [Fact]
    public void What_is_on_record_is_not_new() => Assert.Null(ThresholdCrossing.Of(Given.Stand(130, 100), [new(80, 100), new(100, 100)]));

    [Fact]
    public void The_next_threshold_is_new() => Is(ThresholdCrossing.Of(Given.Stand(130, 100), [new(80, 100)]), [100], 100);

    [Fact]
    public void A_correction_below_and_back_above_does_not_arm_it_again()
    {
        RecordedThreshold[] recorded = [new(80, 100)];
        Assert.Null(ThresholdCrossing.Of(Given.Stand(60, 100), recorded));
        Assert.Null(ThresholdCrossing.Of(Given.Stand(90, 100), recorded));
    }

    [Fact]
    public void A_raised_cap_evaluates_anew()
    {
        RecordedThreshold[] recorded = [new(80, 100), new(100, 100)];
        Assert.Null(ThresholdCrossing.Of(Given.Stand(130, 200), recorded));
        Is(ThresholdCrossing.Of(Given.Stand(160, 200), recorded), [80], 80);
    }

    [Fact]
    public void A_lowered_cap_repeats_no_mail_that_said_as_much_about_a_higher_one()
    {
        RecordedThreshold[] recorded = [new(80, 200)];
        Assert.Null(ThresholdCrossing.Of(Given.Stand(170, 190), recorded));
        Is(ThresholdCrossing.Of(Given.Stand(170, 150), recorded), [100], 100);
    }

    [Fact]
    public void A_threshold_that_is_added_below_a_mailed_one_is_recorded_without_a_mail() =>
        Is(ThresholdCrossing.Of(Given.Stand(120, 100), [new(100, 100)]), [80], null);

    [Fact]
    public void A_cap_of_zero_mails_at_the_first_cent_and_not_before()
    {
        Assert.Null(ThresholdCrossing.Of(Given.Stand(0, 0), []));
        Is(ThresholdCrossing.Of(Given.Stand(0.01m, 0), []), [80, 100], 100);
    }

    private static void Is(ThresholdCrossing? crossing, int[] thresholds, int? mailed)
    {
        Assert.NotNull(crossing);
        Assert.Equal(thresholds, crossing.Thresholds);
        Assert.Equal(mailed, crossing.Mailed);
    }
}
