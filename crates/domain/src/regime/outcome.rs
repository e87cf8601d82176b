//! The words of regulation 20(7) to 20(9).

coded_enum! {
    /// Who the registered person is. From the server's configuration, never the caller's word.
    pub enum BodyType {
        /// NHS trust, foundation trust or special health authority: regulation 20(8).
        HealthServiceBody = "health-service-body",
        /// Any other registered person (general practice, dentistry, independent hospital, care home): regulation 20(9).
        OtherRegisteredPerson = "other-registered-person",
    }
}

coded_enum! {
    /// How the outcome stands to the incident (E-2).
    pub enum Likelihood {
        /// The incident appears to have resulted in it.
        AppearsToHaveResulted = "appears-to-have-resulted",
        /// The incident could result in it. Only within 20(8).
        CouldResult = "could-result",
    }
}

coded_enum! {
    /// The outcomes of 20(8) and 20(9) (E-2). Which are allowed depends on the body type.
    pub enum Outcome {
        /// Death, directly related to the incident rather than to the natural course of illness. 20(8) and 20(9).
        Death = "death",
        /// Severe harm. 20(8).
        SevereHarm = "severe-harm",
        /// Moderate harm: both limbs are needed (E-3). 20(8).
        ModerateHarm = "moderate-harm",
        /// Prolonged psychological harm: at least 28 continuous days (E-4). 20(8) and 20(9).
        ProlongedPsychologicalHarm = "prolonged-psychological-harm",
        /// Impairment of sensory, motor or intellectual functions for at least 28 continuous days (E-4). 20(9).
        Impairment28Days = "impairment-28-days",
        /// Changes to the structure of the body. 20(9).
        StructuralChange = "structural-change",
        /// Prolonged pain: at least 28 continuous days (E-4). 20(9) only (E-5).
        ProlongedPain = "prolonged-pain",
        /// Shortening of life expectancy. 20(9).
        ShortenedLife = "shortened-life",
        /// Treatment by a health care professional was needed to prevent death. 20(9)(b).
        TreatmentToPreventDeath = "treatment-to-prevent-death",
        /// Treatment by a health care professional was needed to prevent an injury that would have led to one of these outcomes. 20(9)(b).
        TreatmentToPreventInjury = "treatment-to-prevent-injury",
    }
}

coded_enum! {
    /// E-3: the moderate increases in treatment of regulation 20(7).
    pub enum ModerateIncrease {
        /// Unplanned return to surgery.
        UnplannedReturnToSurgery = "unplanned-return-to-surgery",
        /// Unplanned re-admission.
        UnplannedReadmission = "unplanned-readmission",
        /// A prolonged episode of care.
        ProlongedEpisodeOfCare = "prolonged-episode-of-care",
        /// Extra time in hospital or as an outpatient.
        ExtraTimeInHospital = "extra-time-in-hospital",
        /// Cancelling of treatment.
        CancellingOfTreatment = "cancelling-of-treatment",
        /// Transfer to another treatment area, such as intensive care.
        TransferToAnotherArea = "transfer-to-another-area",
    }
}

/// E-4: prolonged means experienced, or likely to be experienced, for a continuous period of at least this many days.
pub const CONTINUOUS_DAYS_MIN: u32 = 28;
